use assay_app::{App, runs};
use assay_base::closest;
use assay_model::{RunState, Verdict};
use assay_ports::RunFilter;
use assay_wire::{List, ProblemKind, RunItem, RunQuery};
use axum::Json;
use axum::extract::State;

use crate::convert;
use crate::extract::{Query, Who, page};
use crate::problem::Fault;

/// The runs, newest first.
#[utoipa::path(
    get,
    path = "/v1/orgs/{org}/runs",
    params(RunQuery),
    responses((status = 200, description = "The runs.", body = List<RunItem>))
)]
pub(crate) async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    Query(query): Query<RunQuery>,
) -> Result<Json<List<RunItem>>, Fault> {
    let filter = RunFilter {
        verdict: query.verdict.map(|text| choice("verdict", &text, &Verdict::ALL, |v| v.as_str())).transpose()?,
        state: query.state.map(|text| choice("state", &text, &RunState::ALL, |s| s.as_str())).transpose()?,
        project: query.project,
        workflow: query.workflow,
    };
    let found = runs::list(&app, &caller, filter, query.digest, &page(query.limit, query.next)?).await?;
    Ok(Json(convert::list(found, convert::run_item)))
}

/// One of a few words.
fn choice<T: Copy>(
    what: &'static str,
    text: &str,
    all: &[T],
    word: impl Fn(&T) -> &'static str + Copy,
) -> Result<T, Fault> {
    if let Some(found) = all.iter().find(|one| word(one) == text) {
        return Ok(*found);
    }
    let words: Vec<_> = all.iter().map(word).collect();
    let detail = format!("`{}` is no {what}: it is one of `{}`", text.escape_default(), words.join("`, `"));
    let fault = Fault::new(ProblemKind::InvalidRequest, what, detail);
    Err(match closest(text, words) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_word_is_told_with_the_right_ones() {
        let states = |text| choice("state", text, &RunState::ALL, |s| s.as_str());
        assert_eq!(states("pushed").ok(), Some(RunState::Pushed));
        let problem = states("pushd").unwrap_err().problem;
        assert_eq!((problem.status, problem.code.as_str()), (400, "state"));
        assert!(problem.hint.unwrap().contains("`pushed`") && problem.detail.contains("`expired`"));
    }
}
