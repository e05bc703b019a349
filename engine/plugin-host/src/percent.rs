/// The bytes that a percent-encoded text stands for (RFC 3986, section 2.1); what is no escape stays as it is.
pub(crate) fn percent_decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        let escaped = (*first == b'%').then(|| behind.get(..2)).flatten();
        let mut decoded = [0];
        if let Some(Ok(())) = escaped.map(|digits| hex::decode_to_slice(digits, &mut decoded)) {
            out.push(decoded[0]);
            rest = &behind[2..];
        } else {
            out.push(*first);
            rest = behind;
        }
    }
    out
}
