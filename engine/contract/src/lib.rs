//! The documents that people write: contracts, policies, policy groups and gates, in YAML or JSON.
//!
//! A text becomes a tree that remembers where everything stands, the tree becomes a [`Document`], and every mistake on
//! the way is a [`assay_base::Diagnostic`] with its line. What policies select and which arguments they get is decided
//! here too, so that a laptop and a server decide alike.
//!
//! **Must not know:** IO (references are parsed here and resolved elsewhere), clocks, randomness, and the sibling crates
//! of its floor: a Rego script is text here.

mod arguments;
mod contract;
mod decode;
mod document;
mod error;
mod json;
mod node;
mod origin;
mod policy;
mod reference;
mod render;
mod runner;
mod selection;
mod template;
mod whole;
mod yaml;

pub use arguments::{
    Arguments, MissingInputs, arguments, arguments_in_group, bindings, check_group, check_policy, split,
};
pub use contract::{
    Annotation, Attachment, AttachmentSource, ChokeGroup, Contract, GroupAttachment, MatchMode, MaterialSpec, Policies,
    Selector,
};
pub use decode::{parse_all, parse_one};
pub use document::{Document, DocumentKind, Gate, GateWorkflow, SkippedRule};
pub use error::DocumentErrors;
pub use origin::{Origin, Span};
pub use policy::{Branch, FindingType, GroupMaterial, Input, Phase, Policy, PolicyGroup, ScriptSource};
pub use reference::{PolicyRef, RefError, RefTarget};
pub use render::{Color, render};
pub use runner::{RunnerType, UnknownRunner};
pub use selection::{Selection, group_selects, selects, selects_attestation};
pub use template::interpolate;
