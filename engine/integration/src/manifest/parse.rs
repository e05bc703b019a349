use assay_base::{IntegrationId, MaterialKind, json};

use super::{Manifest, limits};
use crate::error::ManifestError;
use crate::form::{self, Form, Use};
use crate::network::Network;
use crate::node::Node;
use crate::secret;

const MEMBERS: &[&str] = &[
    "schema",
    "id",
    "version",
    "api",
    "title",
    "description",
    "min_host",
    "subscribes",
    "registration",
    "attachment",
    "network",
    "limits",
];

pub(super) fn parse(text: &str) -> Result<Manifest, ManifestError> {
    if text.len() > Manifest::BYTES {
        return Err(ManifestError::Size { size: text.len(), most: Manifest::BYTES });
    }
    let value = json::parse(text.as_bytes())
        .map_err(|source| ManifestError::Json { pointer: source.place.pointer.clone().unwrap_or_default(), source })?;
    let root = Node::root(&value);
    root.only(MEMBERS)?;
    exactly(&root, "schema", Manifest::SCHEMA, "this version reads `assay.dev/plugin/v1`")?;
    exactly(&root, "api", Manifest::API, "this host speaks `assay:integration@0.1`")?;
    min_host(&root)?;
    let (attestations, materials) = subscribes(&root.need("subscribes")?)?;
    let forms = (root.need("registration")?, root.need("attachment")?);
    form::few_patterns(&[&forms.0, &forms.1])?;
    let registration = Form::read(&forms.0, Use::Registration)?;
    let attachment = Form::read(&forms.1, Use::Attachment)?;
    let network_node = root.need("network")?;
    let network = Network::read(&network_node, &registration)?;
    secret::check(&forms.0, &registration, &network)?;
    Ok(Manifest {
        id: id(&root.need("id")?)?,
        version: version(&root.need("version")?)?.to_owned(),
        api: Manifest::API.to_owned(),
        title: line(&root.need("title")?, 100)?.to_owned(),
        description: root.get("description").map(|node| line(&node, 1_000)).transpose()?.map(ToOwned::to_owned),
        subscribes: root.need("subscribes")?.value.clone(),
        attestations,
        materials,
        registration,
        attachment,
        network,
        network_text: network_node.value.clone(),
        limits: limits::read(root.get("limits"))?,
    })
}

fn exactly(root: &Node<'_>, key: &str, expected: &str, rule: &'static str) -> Result<(), ManifestError> {
    let node = root.need(key)?;
    if node.text()? == expected { Ok(()) } else { Err(node.invalid(rule)) }
}

fn id(node: &Node<'_>) -> Result<IntegrationId, ManifestError> {
    node.text()?.parse().map_err(|_| node.invalid("an id is at most 63 lower-case letters, digits and inner hyphens"))
}

fn line<'m>(node: &Node<'m>, most: usize) -> Result<&'m str, ManifestError> {
    let text = node.text()?;
    let fits = !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
    if fits { Ok(text) } else { Err(node.invalid("it is one line, not empty and not endless")) }
}

/// Semantic Versioning 2.0.0, section 2 and the grammar at its end.
fn version<'m>(node: &Node<'m>) -> Result<&'m str, ManifestError> {
    let text = node.text()?;
    let (text_without_build, build) = text.split_once('+').map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, pre) = text_without_build.split_once('-').map_or((text_without_build, None), |(a, b)| (a, Some(b)));
    let numbers: Vec<_> = core.split('.').collect();
    let words = |words: Option<&str>| words.is_none_or(|words| words.split('.').all(word));
    if numbers.len() == 3 && numbers.into_iter().all(number) && words(pre) && words(build) && text.len() <= 64 {
        return Ok(text);
    }
    Err(node.invalid("a version is a semantic version, for example `1.0.0`"))
}

fn number(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|number| number.to_string() == text)
}

fn word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// `min_host` is the first version of this program that will do, as `major.minor` or `major.minor.patch`.
fn min_host(root: &Node<'_>) -> Result<(), ManifestError> {
    let Some(node) = root.get("min_host") else { return Ok(()) };
    let numbers = |text: &str| text.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>();
    let wanted = numbers(node.text()?).filter(|numbers| (2..=3).contains(&numbers.len()));
    let Some(wanted) = wanted else { return Err(node.invalid("it is a version such as `0.1`")) };
    let here = numbers(env!("CARGO_PKG_VERSION")).unwrap_or_default();
    if wanted > here {
        return Err(node.invalid(concat!("this host is version ", env!("CARGO_PKG_VERSION"))));
    }
    Ok(())
}

fn subscribes(node: &Node<'_>) -> Result<(bool, Vec<MaterialKind>), ManifestError> {
    node.only(&["attestations", "materials"])?;
    let attestations = node.get("attestations").map(|flag| flag.flag()).transpose()?.unwrap_or(false);
    let mut materials = Vec::new();
    for item in node.get("materials").map(|list| list.items()).transpose()?.unwrap_or_default() {
        let kind: MaterialKind = item
            .text()?
            .parse()
            .map_err(|unknown: assay_base::UnknownKind| item.meant("it is no kind of material", unknown.suggestion))?;
        if materials.contains(&kind) {
            return Err(item.invalid("it stands there twice"));
        }
        materials.push(kind);
    }
    if !attestations && materials.is_empty() {
        return Err(node.rule("an integration subscribes to attestations or to at least one kind of material"));
    }
    Ok((attestations, materials))
}
