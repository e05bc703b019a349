//! The WIT package is frozen: components that exist were written against it.

use sha2::{Digest as _, Sha256};

/// A comment may change, and then this does, too. Whatever else is to be different is a new function or a new interface; a record or a
/// variant that is to be different is a new package version.
const FROZEN: &str = "6c6132ddcdd9ec80c378852cbac09556e0190bd247bd198f6e2f12ace95997be";

#[test]
fn the_world_is_what_it_was() {
    let wit = include_bytes!("../wit/integration.wit");
    assert_eq!(hex::encode(Sha256::digest(wit)), FROZEN, "sdk-plugin/wit/integration.wit is another one");
}
