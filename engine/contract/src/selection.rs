use std::collections::BTreeMap;

use assay_base::{MaterialKind, MaterialName};

use crate::template::interpolate;
use crate::{Attachment, Branch, GroupMaterial, MatchMode, Phase, Policy, Selector};

/// The branches of a policy that judge a subject, in the order of the document. None: the policy does not apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Indexes into [`Policy::branches`].
    pub branches: Vec<usize>,
}

impl Selection {
    /// Whether the policy does not apply.
    pub const fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// The branches themselves.
    pub fn of<'p>(&self, policy: &'p Policy) -> Vec<&'p Branch> {
        self.branches.iter().filter_map(|i| policy.branches.get(*i)).collect()
    }

    fn whose(policy: &Policy, runs: impl Fn(&Branch) -> bool) -> Self {
        let branches = policy.branches.iter().enumerate().filter(|(_, branch)| runs(branch)).map(|(i, _)| i).collect();
        Self { branches }
    }
}

/// Which branches of a policy judge a material, when it is attached so.
///
/// A policy that names kinds applies to these only. A selector narrows by name. A branch without a kind runs only when
/// the attachment selects by name, so a policy with neither never applies (Chainloop's rules).
pub fn selects(attachment: &Attachment, policy: &Policy, kind: MaterialKind, name: &MaterialName) -> Selection {
    select(by_name(attachment.selector.as_ref()), policy, kind, name)
}

/// The same for a member of a policy group: first the group's material selects by its name, in which the group's
/// arguments are put, then the member as if it stood alone. The material's own `type` selects nothing.
///
/// A material with a name counts as a selector of members that have none.
pub fn group_selects(
    material: &GroupMaterial,
    bindings: &BTreeMap<String, String>,
    attachment: &Attachment,
    policy: &Policy,
    kind: MaterialKind,
    name: &MaterialName,
) -> Selection {
    let wanted = material.name.as_ref().map(|text| interpolate(text, bindings));
    let outer = wanted.as_deref().filter(|text| !text.is_empty()).map(|text| (text, material.match_mode));
    if outer.is_some_and(|filter| !matches(filter, name)) {
        return Selection::default();
    }
    select(by_name(attachment.selector.as_ref()).or(outer), policy, kind, name)
}

/// Which branches of a policy judge a statement in a phase: those of the kind `ATTESTATION` and those without a kind,
/// unless they ask for other phases.
pub fn selects_attestation(policy: &Policy, phase: Phase) -> Selection {
    Selection::whose(policy, |branch| {
        branch.kind.is_none_or(|kind| kind == MaterialKind::Attestation)
            && (branch.phases.is_empty() || branch.phases.contains(&phase))
    })
}

type NameFilter<'a> = (&'a str, MatchMode);

fn by_name(selector: Option<&Selector>) -> Option<NameFilter<'_>> {
    selector.and_then(|selector| Some((selector.name.as_deref()?, selector.match_mode)))
}

fn select(filter: Option<NameFilter<'_>>, policy: &Policy, kind: MaterialKind, name: &MaterialName) -> Selection {
    let mut kinds = policy.branches.iter().filter_map(|branch| branch.kind).peekable();
    let kind_is_foreign = kinds.peek().is_some() && !kinds.any(|one| one == kind);
    if kind_is_foreign || filter.is_some_and(|filter| !matches(filter, name)) {
        return Selection::default();
    }
    Selection::whose(policy, |branch| branch.kind.map_or(filter.is_some(), |one| one == kind))
}

fn matches((wanted, mode): NameFilter<'_>, name: &MaterialName) -> bool {
    match mode {
        MatchMode::Exact => name.as_str() == wanted,
        MatchMode::Prefix => name.as_str().starts_with(wanted),
    }
}
