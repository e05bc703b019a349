use assay_base::closest;
use assay_wire::ProblemKind;

use crate::problem::Fault;

/// One of a few words; `what` is the name of the parameter and the code of the problem.
pub(crate) fn choice<T: Copy>(
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
    use assay_model::RunState;

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
