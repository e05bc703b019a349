// The interfaces of the host are imports of the component, not files.
export default { external: [/^assay:/] };
