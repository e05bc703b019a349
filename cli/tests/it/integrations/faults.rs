//! What goes wrong with destinations over HTTP: the same for every integration that speaks it.

use std::sync::Mutex;
use std::time::Duration;

use crate::shop::{Shop, attempts};
use crate::sinks::{Answer, HttpSink, Request};

/// An integration, and how its deliveries are told from what it asks beside them.
pub(super) struct Subject {
    pub(super) integration: &'static str,
    /// The options of a registration at this URL.
    pub(super) registration: fn(&str) -> Vec<String>,
    pub(super) attachment: &'static [&'static str],
    /// Whether a request carries evidence.
    pub(super) delivers: fn(&Request) -> bool,
    /// What a kind destination answers.
    pub(super) fine: fn(&Request) -> Answer,
    /// Options that are refused, and the field that is to blame.
    pub(super) bad: &'static [(&'static [&'static str], &'static str)],
}

/// Longer than any integration waits for an answer.
const TOO_LONG: Duration = Duration::from_secs(22);

/// Good and bad input, 401, 429 with `Retry-After`, 500, no answer in time, and a destination that nobody may reach.
pub(super) fn all(subject: &Subject) {
    let shop = Shop::open();
    input(&shop, subject);
    refused_network(&shop, subject);
    let sinks = [
        ("refusing", subject.sink(vec![Answer::status(401); 8])),
        ("busy", subject.sink(vec![Answer { headers: vec![("retry-after", "3".to_owned())], ..Answer::status(429) }])),
        ("broken", subject.sink(vec![Answer::status(500)])),
        ("slow", subject.sink(vec![Answer { after: TOO_LONG, ..Answer::status(200) }])),
    ];
    let attachment: Vec<String> = subject.attachment.iter().map(|option| (*option).to_owned()).collect();
    for (name, sink) in &sinks {
        shop.register(0, subject.integration, name, &(subject.registration)(&sink.url));
        shop.attach(0, name, &attachment);
    }
    shop.push();
    let found = |name: &str, state: &str| attempts(&shop.wait(name, state));
    let again = |status| vec![("retryable".to_owned(), status), ("delivered".to_owned(), Some(200))];

    assert_eq!(attempts(&shop.tried("refusing")), [("unauthorized".to_owned(), Some(401))]);
    let unhealthy = shop.describe("refusing");
    assert_eq!(unhealthy["state"], "unhealthy", "{unhealthy}");
    assert_eq!(found("broken", "delivered"), again(Some(500)));
    assert_eq!(found("busy", "delivered"), again(Some(429)));
    let [first, .., last] = &subject.deliveries(&sinks[1].1)[..] else { panic!("the busy one was not tried twice") };
    assert!(last.at - first.at >= Duration::from_secs(3), "{:?}", last.at - first.at);
    assert_eq!(found("slow", "delivered"), again(None));
}

impl Subject {
    /// A destination that answers deliveries with these at first.
    fn sink(&self, answers: Vec<Answer>) -> HttpSink {
        let (answers, delivers, fine) = (Mutex::new(answers.into_iter()), self.delivers, self.fine);
        HttpSink::start(move |request| {
            let told = if delivers(request) { answers.lock().unwrap().next() } else { None };
            told.unwrap_or_else(|| fine(request))
        })
    }

    fn deliveries(&self, sink: &HttpSink) -> Vec<Request> {
        sink.requests().into_iter().filter(self.delivers).collect()
    }
}

fn input(shop: &Shop, subject: &Subject) {
    for (options, pointer) in subject.bad {
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        let error = &shop.register(2, subject.integration, "wrong", &options)["error"];
        assert_eq!(error["pointer"], *pointer, "{options:?}: {error}");
    }
}

fn refused_network(shop: &Shop, subject: &Subject) {
    for url in ["http://10.1.2.3/x", "http://169.254.169.254/latest", "http://[::1]:9/x"] {
        let error = &shop.register(2, subject.integration, "nowhere", &(subject.registration)(url))["error"];
        assert_eq!(error["code"], "egress-refused", "{url}: {error}");
    }
}
