use super::header::{Written, metadata};
use super::view::{Fields, Sink, View};
use crate::{Gate, GateWorkflow, SkippedRule};

const RULES: &[SkippedRule] = &[SkippedRule::Inconclusive, SkippedRule::Pass];

pub(super) fn gate(fields: &Fields<'_>, sink: &mut Sink, written: Written) -> Option<Gate> {
    let meta = metadata(fields, sink);
    let spec = fields.need(sink, "spec", "it holds the `workflows` that must be compliant")?;
    let spec = spec.fields(sink, &["workflows", "skipped"])?;
    let workflows = spec.list(sink, "workflows", workflow);
    if spec.items(sink, "workflows").is_empty() {
        let message = "a gate without `workflows` would open for everything";
        sink.push(
            spec.diagnostic("missing-key", message).hint("list them: `- {project: payments-api, name: release-build}`"),
        );
    }
    for (i, one) in workflows.iter().enumerate() {
        if workflows[..i].iter().any(|w| w.name == one.name && w.project == one.project) {
            let message = format!("the workflow `{}` of the project `{}` stands twice here", one.name, one.project);
            sink.push(assay_base::Diagnostic::new("duplicate-name", message).at(one.origin.place()).hint("remove it"));
        }
    }
    let skipped = match spec.get("skipped") {
        Some(view) => view.one_of(sink, "a rule for what was skipped", RULES, |rule| match rule {
            SkippedRule::Inconclusive => "inconclusive",
            SkippedRule::Pass => "pass",
        })?,
        None => SkippedRule::default(),
    };
    let meta = meta?;
    let Written { source, digest } = written;
    Some(Gate {
        name: meta.name?,
        description: meta.description,
        metadata_annotations: meta.annotations,
        workflows,
        skipped,
        source,
        digest,
    })
}

fn workflow(view: &View<'_>, sink: &mut Sink) -> Option<GateWorkflow> {
    let fields = view.fields(sink, &["project", "name"])?;
    let project = fields.need(sink, "project", "the project of the workflow");
    let name = fields.need(sink, "name", "the name of the workflow");
    let project = project.and_then(|view| view.parse(sink, "bad-name", "a project's name"));
    let name = name.and_then(|view| view.parse(sink, "bad-name", "a workflow's name"));
    Some(GateWorkflow { project: project?, name: name?, origin: fields.origin() })
}
