/// The candidate that `found` was probably meant to be: at most a third of its letters differ, case aside.
pub fn closest<'a>(found: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = found.to_lowercase();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&lower, &c.to_lowercase()), c))
        .filter(|(distance, c)| *distance <= (c.chars().count().max(3)) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_suggested_and_far_is_not() {
        assert_eq!(closest("optionl", ["name", "optional", "output"]), Some("optional"));
        assert_eq!(closest("zzz", ["name", "optional"]), None);
    }
}
