//! Tests that belong to no single crate: the rules of the house, and the product from outside.
