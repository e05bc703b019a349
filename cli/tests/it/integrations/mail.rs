use std::time::Duration;

use super::option;
use crate::shop::{Shop, attempts};
use crate::sinks::{Manner, SmtpSink};

fn registration(sink: &SmtpSink) -> Vec<String> {
    let mut options =
        ["to=security@example.org", "from=assay@example.org", "host=127.0.0.1", "user=u", "password=p", "tls=none"]
            .map(str::to_owned)
            .to_vec();
    options.push(option("port", sink.port));
    options
}

#[test]
fn mail_arrives_with_the_attestation_and_everybody_gets_it() {
    let sink = SmtpSink::start();
    let shop = Shop::open();
    shop.register(0, "smtp", "mail", &registration(&sink));
    assert_eq!(sink.mails().len(), 1);
    shop.attach(0, "mail", &[option("cc", "lead@example.org")]);
    shop.push();
    shop.wait("mail", "delivered");
    let mail = sink.mails().pop().unwrap();
    assert_eq!(mail.recipients(), ["security@example.org", "lead@example.org"]);
    assert!(mail.dialogue.iter().any(|line| line.starts_with("AUTH ")), "{:?}", mail.dialogue);
    for part in ["Subject: shop/release-build: compliant", "Cc: lead@example.org", "attestation.sigstore.json"] {
        assert!(mail.message.contains(part), "{part}: {}", mail.message);
    }
}

#[test]
fn faults() {
    let shop = Shop::open();
    let manners = [
        ("refusing", Manner::Stranger),
        ("busy", Manner::Says("451 4.3.0 later")),
        ("never", Manner::Says("550 5.7.1 not here")),
        ("slow", Manner::Silent(Duration::from_secs(90))),
    ];
    let sinks = manners.map(|(name, manner)| {
        let sink = SmtpSink::start();
        shop.register(0, "smtp", name, &registration(&sink));
        shop.attach(0, name, &[]);
        sink.behave(manner);
        sink
    });
    shop.push();
    assert_eq!(attempts(&shop.tried("refusing"))[0].0, "unauthorized");
    assert_eq!(shop.describe("refusing")["state"], "unhealthy");
    assert_eq!(attempts(&shop.wait("never", "dead"))[0].0, "permanent");
    for (name, sink) in [("busy", &sinks[1]), ("slow", &sinks[3])] {
        assert_eq!(attempts(&shop.tried(name))[0].0, "retryable", "{name}");
        sink.behave(Manner::Kind);
        assert_eq!(attempts(&shop.wait(name, "delivered")).pop().unwrap().0, "delivered", "{name}");
    }
}

#[test]
fn input_that_is_refused() {
    let shop = Shop::open();
    let given = ["to=a@example.org", "from=b@example.org", "host=127.0.0.1", "port=25", "tls=none"];
    for (field, option, pointer) in [
        ("to", None, "/to"),
        ("to", Some("to=nobody"), "/to"),
        ("to", Some("to=a@example.org\r\nBcc: x@example.org"), "/to"),
        ("from", Some("from=b@example.org\nX: y"), "/from"),
        ("port", Some("port=0"), "/port"),
        ("port", Some("port=smtp"), "/port"),
        ("tls", Some("tls=perhaps"), "/tls"),
        ("", Some("user=u"), "/password"),
        ("", Some("colour=blue"), "/colour"),
    ] {
        let mut options: Vec<_> = given.iter().map(|option| (*option).to_owned()).collect();
        options.retain(|option| field.is_empty() || !option.starts_with(field));
        options.extend(option.map(str::to_owned));
        let error = &shop.register(2, "smtp", "wrong", &options)["error"];
        assert_eq!(error["pointer"], pointer, "{options:?}: {error}");
    }
    let elsewhere = given.map(|option| option.replace("127.0.0.1", "10.1.2.3"));
    assert_eq!(shop.register(2, "smtp", "nowhere", &elsewhere)["error"]["code"], "egress-refused");
}
