use std::sync::Arc;

use assay_plugin_host::PluginHost;
use assay_ports::{PluginError, PluginRuntime};
use bytes::Bytes;

use crate::plane::{Answers, Plane, setup};

const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

/// A component with our manifest, made of a text.
fn component(text: &str) -> Vec<u8> {
    assay_pack::embed(&wat::parse_str(text).unwrap(), assay_hostile::MANIFEST).unwrap()
}

async fn refused(host: &PluginHost, component: Vec<u8>) -> (String, String) {
    match host.install(component.into()).await {
        Err(PluginError::Refused { code, reason }) => (code.to_owned(), reason),
        Err(PluginError::Size { .. }) => ("size".to_owned(), String::new()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let host = PluginHost::new(setup(&folder, Arc::new(Answers::default()))).unwrap();
    let twice = [assay_hostile::COMPONENT, &assay_pack::embed(PREAMBLE, "{}").unwrap()[8..]].concat();
    let cases: [(Vec<u8>, &str, &str); 9] = [
        (vec![0; (32 << 20) + 1], "size", ""),
        (b"#!/bin/sh".to_vec(), "component-invalid", "not a WebAssembly component"),
        (b"\0asm\x01\0\0\0".to_vec(), "component-invalid", "not a WebAssembly component"),
        (PREAMBLE.to_vec(), "component-manifest", "it must be packed"),
        (twice, "component-manifest", "more than one"),
        (assay_pack::embed(PREAMBLE, "{}").unwrap(), "component-manifest", "schema"),
        (component("(component)"), "component-exports", "handler"),
        (
            component("(component (import \"wasi:sockets/tcp@0.2.0\" (instance)))"),
            "component-imports",
            "it imports `wasi:sockets/tcp@0.2.0`",
        ),
        ([&component("(component)")[..], &[1, 4, 0, 0, 0, 0]].concat(), "component-compile", "does not compile"),
    ];
    for (bytes, code, reason) in cases {
        let found = refused(&host, bytes).await;
        assert_eq!(found.0, code, "{found:?}");
        assert!(found.1.contains(reason), "{found:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("plugins")).unwrap().count(), 0, "nothing of it stays");
}

#[test]
fn a_component_says_what_it_is_without_anybody_to_help() {
    let told = assay_sandbox::describe(assay_hostile::COMPONENT).unwrap();
    assert_eq!(told, assay_hostile::MANIFEST);
    let mute = assay_sandbox::describe(&component("(component)")).unwrap_err();
    assert!(mute.to_string().contains("handler@0.1.0#describe"), "{mute}");
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_that_are_off_do_not_compile() {
    let folder = tempfile::tempdir().unwrap();
    let host = PluginHost::new(setup(&folder, Arc::new(Answers::default()))).unwrap();
    let modules = [
        "(core module (memory i64 1))",
        "(core module (memory 1 1 shared))",
        "(core module (type (struct)))",
        "(core module (tag))",
        "(core module (func (return_call 0)))",
    ];
    for module in modules {
        let found = refused(&host, component(&format!("(component {module})"))).await;
        assert_eq!(found.0, "component-compile", "{module}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compiled_component_is_there_after_a_restart_for_who_has_the_key() {
    let plane = Plane::new(Answers::default()).await;
    assert!(plane.again(1).knows(plane.component).await);
    let other = plane.again(2);
    assert!(!other.knows(plane.component).await, "another key: what lies there could be anybody's");
    let installed = other.install(Bytes::from_static(assay_hostile::COMPONENT)).await.unwrap();
    assert_eq!(installed.digest, plane.component);
    assert!(other.knows(plane.component).await);
    assert!(!plane.again(1).knows(plane.component).await);
}
