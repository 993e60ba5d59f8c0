/// Answers of several nodes, with how many gave each.
#[derive(Debug)]
pub struct Tally<T> {
    quorum: usize,
    given: Vec<(T, usize)>,
}

impl<T: PartialEq + Clone> Tally<T> {
    /// Nothing counted yet.
    pub fn new(quorum: usize) -> Self {
        Self {
            quorum,
            given: Vec::new(),
        }
    }

    /// Counts one node's answer; comes back with it once as many as the quorum gave the same.
    pub fn count(&mut self, answer: T) -> Option<T> {
        let votes = match self.given.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, votes)) => {
                *votes += 1;
                *votes
            }
            None => {
                self.given.push((answer.clone(), 1));
                1
            }
        };
        (votes >= self.quorum).then_some(answer)
    }

    /// The different answers, each with its votes.
    pub fn given(&self) -> &[(T, usize)] {
        &self.given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_from_the_vote_that_makes_the_quorum_on() {
        let mut tally = Tally::new(2);
        let counted = ["a", "b", "a", "a", "c"].map(|answer| tally.count(answer));
        assert_eq!(counted, [None, None, Some("a"), Some("a"), None]);
        assert_eq!(tally.given(), [("a", 3), ("b", 1), ("c", 1)]);
    }
}
