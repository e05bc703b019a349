use assay_base::{Digest, Timestamp};
use assay_integration::Apply;
use assay_ports::{BodyPiece, Egress, EgressError, EgressRequest, Encoding};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::server::{Seen, Server, answer, ok};
use crate::world::{NOW, credential, evidence, headers, local, post, request, text};

fn with(url: &str, secret: &str, apply: Apply) -> EgressRequest {
    EgressRequest { credentials: vec![credential(secret, apply)], ..post(url, vec![text("{}")]) }
}

#[tokio::test]
async fn secrets_that_are_written_into_a_request() {
    let server = Server::start(ok).await;
    let cases = [
        (Apply::Header("X-Api-Key".into()), "x-api-key", "s3cret"),
        (Apply::Bearer, "authorization", "Bearer s3cret"),
        (Apply::Basic { user: "u".into() }, "authorization", "Basic dTpzM2NyZXQ="),
        (Apply::HmacSha256 { header: "X-Sig".into() }, "x-sig", "sha256="),
    ];
    for (apply, header, begins) in cases {
        local().send(with(&server.url("/"), "s3cret", apply)).await.unwrap();
        assert!(server.last().header(header).unwrap().starts_with(begins), "{header}");
    }
    local().send(with(&server.url("/x?a=b"), "s&3", Apply::Query("token".into()))).await.unwrap();
    assert_eq!(server.last().line, "POST /x?a=b&token=s%263 HTTP/1.1");
}

#[tokio::test]
async fn nobody_else_sets_a_header_of_a_secret() {
    let server = Server::start(ok).await;
    let cases = [
        (Apply::Bearer, "Authorization"),
        (Apply::Header("X-Api-Key".into()), "x-api-key"),
        (Apply::StandardWebhooks, "Webhook-Signature"),
        (Apply::SigV4 { service: "s3".into(), region: "r".into() }, "X-Amz-Date"),
        (Apply::SigV4 { service: "s3".into(), region: "r".into() }, "X-Amz-Security-Token"),
    ];
    for (apply, header) in cases {
        let sent = EgressRequest { headers: headers(&[(header, "mine")]), ..with(&server.url("/"), "s", apply) };
        assert!(matches!(local().send(sent).await, Err(EgressError::Denied { .. })), "{header}");
    }
    let twice = with(&server.url("/?token=x"), "s", Apply::Query("token".into()));
    assert!(matches!(local().send(twice).await, Err(EgressError::Denied { .. })));
    for (secret, apply) in [
        ("a\r\nHost: b", Apply::Bearer),
        ("a", Apply::Header("Content-Length".into())),
        ("a", Apply::Mail),
        ("a", Apply::StandardWebhooks),
        ("a", Apply::SigV4 { service: "s3".into(), region: "r".into() }),
        ("{}", Apply::GcpServiceAccount { scope: "s".into() }),
    ] {
        let sent = local().send(with(&server.url("/"), secret, apply)).await.unwrap_err();
        assert!(matches!(sent, EgressError::Credential { .. }), "{sent:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn streamed_bodies_are_signed_as_they_are_sent() {
    let server = Server::start(ok).await;
    let bytes = b"evidence ".repeat(10_000);
    let piece = |encoding| BodyPiece::Evidence(evidence(&bytes), encoding);
    for body in [vec![text("a"), piece(Encoding::Base64)], vec![piece(Encoding::Gzip)], vec![piece(Encoding::Identity)]]
    {
        let key = BASE64_STANDARD.encode("0123456789abcdef01234567");
        let secret = format!("whsec_{key}");
        let sent = EgressRequest {
            headers: headers(&[("webhook-id", "d_1"), ("webhook-timestamp", "1767323045")]),
            credentials: vec![credential(&secret, Apply::StandardWebhooks)],
            ..post(&server.url("/"), body)
        };
        local().send(sent).await.unwrap();
        let seen = server.last();
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"0123456789abcdef01234567");
        let tag = aws_lc_rs::hmac::sign(&key, &[b"d_1.1767323045.", &seen.body[..]].concat());
        assert_eq!(seen.header("webhook-signature").unwrap(), format!("v1,{}", BASE64_STANDARD.encode(tag)));
        assert!(seen.header("content-length").is_some(), "a body that was read once has a known length");
    }
}

#[tokio::test]
async fn objects_are_put_with_their_digest() {
    let server = Server::start(ok).await;
    let keys = json!({"access_key_id": "AKID", "secret_access_key": "k"}).to_string();
    let apply = Apply::SigV4 { service: "s3".into(), region: "eu-central-1".into() };
    let body = vec![BodyPiece::Evidence(evidence(b"sbom"), Encoding::Identity)];
    let sent = EgressRequest {
        method: "PUT".to_owned(),
        credentials: vec![credential(&keys, apply)],
        ..post(&server.url("/bucket/a+b.json"), body)
    };
    local().send(sent).await.unwrap();
    let seen = server.last();
    assert_eq!(seen.line, "PUT /bucket/a%2Bb.json HTTP/1.1");
    assert_eq!(seen.header("x-amz-content-sha256").unwrap(), Digest::of(b"sbom").hex());
    assert_eq!(seen.header("x-amz-date"), Some("20260102T030405Z"));
    let authorization = seen.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-central-1/s3/aws4_request, "));
    assert!(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date, "));
}

#[tokio::test]
async fn an_answer_that_hides_a_secret_is_not_taken() {
    for header in [
        "content-encoding: gzip",
        "Content-Encoding: GZIP",
        "CONTENT-ENCODING: identity, gzip",
        "content-encoding: identity\r\ncontent-encoding: br",
        "content-encoding:",
        "content-encoding: \u{fc}",
    ] {
        let server = Server::start(move |_| answer("200 OK", &format!("{header}\r\n"), "x")).await;
        let sent = local().send(with(&server.url("/"), "s3cret", Apply::Bearer)).await;
        assert!(matches!(sent, Err(EgressError::Protocol(_))), "{header}: {sent:?}");
        assert_eq!(&local().send(request("GET", &server.url("/"))).await.unwrap().body[..], b"x");
    }
    let transfer = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    let server = Server::start(move |_| transfer.as_bytes().to_vec()).await;
    let sent = local().send(with(&server.url("/"), "s3cret", Apply::Bearer)).await;
    assert!(matches!(sent, Err(EgressError::Protocol(_))), "{sent:?}");
    for plain in [
        "HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\ncontent-length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ] {
        let server = Server::start(move |_| plain.as_bytes().to_vec()).await;
        let got = local().send(with(&server.url("/"), "s3cret", Apply::Bearer)).await.unwrap();
        assert_eq!(&got.body[..], b"x");
    }
}

#[tokio::test]
async fn a_credential_cannot_be_turned_to_something_else() {
    let server = Server::start(ok).await;
    let keys = json!({"access_key_id": "AKID", "secret_access_key": "k"}).to_string();
    let sigv4 = || Apply::SigV4 { service: "s3".into(), region: "r".into() };
    let sends = |list: &[(&str, &str)], apply| EgressRequest {
        headers: headers(list),
        ..with(&server.url("/bucket/mine"), &keys, apply)
    };
    for (list, apply) in [
        ([("X-Amz-Copy-Source", "/bucket/yours")], sigv4()),
        ([("x-amz-acl", "public-read")], sigv4()),
        ([("x-goog-acl", "public-read")], gcp()),
        ([("Range", "bytes=0-3")], Apply::Bearer),
        ([("X-HTTP-Method-Override", "DELETE")], Apply::Bearer),
    ] {
        let sent = local().send(sends(&list, apply)).await;
        assert!(matches!(sent, Err(EgressError::Denied { .. })), "{list:?}: {sent:?}");
    }
    assert_eq!(server.connections(), 0);
    local().send(sends(&[("x-amz-meta-kind", "sbom")], sigv4())).await.unwrap();
    assert!(server.last().header("authorization").unwrap().contains("x-amz-meta-kind"));
}

#[tokio::test]
async fn a_token_that_is_echoed_is_struck_out() {
    let (server, key) = google().await;
    let file = key_file(&key, &server.url("/token"));
    let broker = local();
    for _ in 0..2 {
        let got = broker.send(with(&server.url("/echo"), &file, gcp())).await.unwrap();
        assert_eq!(&got.body[..], b"you sent Bearer [secret]");
        assert!(got.headers.contains(&("x-echo".to_owned(), "Bearer [secret]".to_owned())), "{got:?}");
    }
}

/// A token endpoint, and a service that takes its tokens.
async fn google() -> (Server, RsaKeyPair) {
    let server = Server::start(|seen: &Seen| match seen.line.as_str() {
        "POST /token HTTP/1.1" => {
            answer("200 OK", "", r#"{"access_token":"t0ken","expires_in":3600,"token_type":"Bearer"}"#)
        }
        "POST /broken HTTP/1.1" => answer("503 Unavailable", "", ""),
        "POST /refuses HTTP/1.1" => answer("400 Bad", "", r#"{"error":"invalid_grant"}"#),
        "POST /revoked HTTP/1.1" => answer("401 No", "", ""),
        "POST /echo HTTP/1.1" => {
            let sent = seen.header("authorization").unwrap();
            answer("200 OK", &format!("x-echo: {sent}\r\n"), &format!("you sent {sent}"))
        }
        _ => answer("200 OK", "", "stored"),
    });
    (server.await, RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

fn key_file(key: &RsaKeyPair, token_uri: &str) -> String {
    let der = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(key).unwrap();
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(der.as_ref()));
    json!({"type": "service_account", "client_email": "a@p.iam.gserviceaccount.com", "private_key_id": "k1",
           "private_key": pem, "token_uri": token_uri})
    .to_string()
}

fn gcp() -> Apply {
    Apply::GcpServiceAccount { scope: "https://www.googleapis.com/auth/devstorage.read_write".into() }
}

#[tokio::test]
async fn a_service_account_asks_for_a_token_once() {
    let (server, key) = google().await;
    let file = key_file(&key, &server.url("/token"));
    let broker = local();
    for _ in 0..3 {
        let got = broker.send(with(&server.url("/object"), &file, gcp())).await.unwrap();
        assert_eq!(&got.body[..], b"stored");
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen[1..].iter().all(|seen| seen.header("authorization") == Some("Bearer t0ken")));
    let body = String::from_utf8(seen[0].body.clone()).unwrap();
    let assertion = body.split_once("&assertion=").unwrap().1;
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    public.verify(signed.as_bytes(), &signature).unwrap();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let now = NOW.parse::<Timestamp>().unwrap().seconds();
    assert_eq!(claims["iss"], "a@p.iam.gserviceaccount.com");
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now), Some(now + 3600)));
    assert_eq!(claims["aud"], server.url("/token"));
    // Another registration asks for itself; and a token that is refused is asked for again.
    let other = EgressRequest { pool: "two".to_owned(), ..with(&server.url("/object"), &file, gcp()) };
    broker.send(other).await.unwrap();
    assert_eq!(server.seen().iter().filter(|seen| seen.line.contains("/token")).count(), 2);
    broker.send(with(&server.url("/revoked"), &file, gcp())).await.unwrap();
    broker.send(with(&server.url("/object"), &file, gcp())).await.unwrap();
    assert_eq!(server.seen().iter().filter(|seen| seen.line.contains("/token")).count(), 3);
}

#[tokio::test]
async fn a_key_file_does_not_choose_where_its_assertion_goes() {
    let (server, key) = google().await;
    for uri in [
        "https://tokens.example.org/token",
        "http://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com/other",
        "http://169.254.169.254/token",
    ] {
        let sent = local().send(with(&server.url("/object"), &key_file(&key, uri), gcp())).await;
        assert!(matches!(sent, Err(EgressError::Denied { .. })), "{uri}: {sent:?}");
    }
    let sent = local().send(with(&server.url("/object"), &key_file(&key, &server.url("/refuses")), gcp())).await;
    assert!(matches!(sent, Err(EgressError::Credential { .. })), "{sent:?}");
    let sent = local().send(with(&server.url("/object"), &key_file(&key, &server.url("/broken")), gcp())).await;
    assert!(matches!(sent, Err(EgressError::Protocol(_))), "{sent:?}");
}
