//! The world `assay:integration/host`, as wasmtime's macro reads it from the WIT of the plugin kit.

wasmtime::component::bindgen!({
    path: "../../sdk-plugin/wit",
    world: "host",
    imports: { default: trappable },
    with: { "assay:integration/blob.blob": crate::blob::Blob },
});
