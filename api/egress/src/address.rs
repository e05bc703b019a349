use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, to somebody who sends requests for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Somewhere on the public network.
    Public,
    /// Special: only where the operator permits it. The words say what it is.
    Special(&'static str),
    /// Nobody may go there, whatever the operator permits: from there come the credentials of the machine itself.
    Never(&'static str),
}

impl Reach {
    /// What `address` is. Addresses that carry another one are what that one is, if that is worse.
    ///
    /// Sources: the IANA special-purpose address registries (RFC 6890 and its successors), and the documentation of clouds
    /// for their metadata services.
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let name = |table: &[(Network, &'static str)]| named(table, IpAddr::V4(address));
        name(NEVER_4).map(Self::Never).or_else(|| name(SPECIAL_4).map(Self::Special)).unwrap_or(Self::Public)
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if let Some(name) = named(NEVER_6, IpAddr::V6(address)) {
            return Self::Never(name);
        }
        let inner = embedded(address).map(Self::of_v4);
        if let Some(never @ Self::Never(_)) = inner {
            return never;
        }
        if let Some(name) = named(SPECIAL_6, IpAddr::V6(address)) {
            return Self::Special(name);
        }
        inner.unwrap_or_else(|| if GLOBAL_6.contains(IpAddr::V6(address)) { Self::Public } else { NOT_GLOBAL })
    }
}

/// The IPv4 address that a translator, a tunnel or an old notation carries inside of an IPv6 address.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bytes = address.octets();
    let at = |i: usize| Ipv4Addr::new(bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]);
    let address = IpAddr::V6(address);
    if [NAT64, NAT64_LOCAL, COMPATIBLE].iter().any(|network| network.contains(address)) {
        Some(at(12))
    } else {
        SIX_TO_FOUR.contains(address).then(|| at(2))
    }
}

fn named(table: &[(Network, &'static str)], address: IpAddr) -> Option<&'static str> {
    table.iter().find(|(network, _)| network.contains(address)).map(|(_, name)| *name)
}

/// A range of addresses: a prefix (RFC 4632, RFC 4291 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// The range of the first `bits` bits of `base`.
    pub(crate) const fn new(base: IpAddr, bits: u8) -> Self {
        Self { base, bits }
    }

    /// The range of one address.
    pub(crate) const fn single(address: IpAddr) -> Self {
        Self::new(address, if address.is_ipv4() { 32 } else { 128 })
    }

    /// The same range with the bits behind the prefix cleared.
    pub(crate) fn normal(self) -> Self {
        let base = match self.base {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & mask_4(self.bits)).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & mask_6(self.bits)).into()),
        };
        Self { base, bits: self.bits }
    }

    /// Whether `address` is in the range; those of the other family never are.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(v4)) => (base.to_bits() ^ v4.to_bits()) & mask_4(self.bits) == 0,
            (IpAddr::V6(base), IpAddr::V6(v6)) => (base.to_bits() ^ v6.to_bits()) & mask_6(self.bits) == 0,
            _ => false,
        }
    }

    /// What nobody may reach, when the whole range is that.
    pub(crate) fn never(self) -> Option<&'static str> {
        let tables = NEVER_4.iter().chain(NEVER_6);
        let mut inside = tables.filter(|(never, _)| never.bits <= self.bits && never.contains(self.base));
        inside.next().map(|(_, name)| *name)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

fn mask_4(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0)
}

fn mask_6(bits: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0)
}

const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Network {
    Network::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits)
}

/// The first three groups of a range, and its length; one address is written out where it stands.
const fn v6(a: u16, b: u16, c: u16, bits: u8) -> Network {
    Network::new(IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)), bits)
}

/// What the registry has assigned to global unicast (RFC 4291, section 2.4); the rest is reserved.
const GLOBAL_6: Network = v6(0x2000, 0, 0, 3);
const NOT_GLOBAL: Reach = Reach::Special("a reserved address");
const NAT64: Network = v6(0x64, 0xff9b, 0, 96);
const NAT64_LOCAL: Network = v6(0x64, 0xff9b, 1, 48);
const SIX_TO_FOUR: Network = v6(0x2002, 0, 0, 16);
const COMPATIBLE: Network = v6(0, 0, 0, 96);
const METADATA: &str = "the address of a metadata service";

const NEVER_4: &[(Network, &str)] = &[
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(168, 63, 129, 16, 32), METADATA),
    (v4(192, 0, 0, 192, 32), METADATA),
    (v4(100, 100, 100, 200, 32), METADATA),
];

const NEVER_6: &[(Network, &str)] = &[
    (v6(0xfe80, 0, 0, 10), "a link-local address"),
    (v6(0xfd00, 0xec2, 0, 32), METADATA),
    (Network::single(IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254))), METADATA),
];

const SPECIAL_4: &[(Network, &str)] = &[
    (v4(0, 0, 0, 0, 8), "an address of this host"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "a shared address"),
    (v4(127, 0, 0, 0, 8), "a loopback address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a reserved address"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "an address for benchmarks"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

const SPECIAL_6: &[(Network, &str)] = &[
    (Network::single(IpAddr::V6(Ipv6Addr::UNSPECIFIED)), "an address of this host"),
    (Network::single(IpAddr::V6(Ipv6Addr::LOCALHOST)), "a loopback address"),
    (COMPATIBLE, "an IPv4-compatible address"),
    (NAT64_LOCAL, "an address of a local translator"),
    // The registry of protocols: Teredo (2001::/32), benchmarks, overlays.
    (v6(0x2001, 0, 0, 23), "a reserved address"),
    (v6(0x2001, 0xdb8, 0, 32), "an address for documentation"),
    (v6(0x3fff, 0, 0, 20), "an address for documentation"),
    (v6(0xfc00, 0, 0, 7), "a private address"),
    (v6(0xfec0, 0, 0, 10), "a site-local address"),
    (v6(0xff00, 0, 0, 8), "a multicast address"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> Reach {
        Reach::of(text.parse().unwrap())
    }

    #[test]
    fn public_addresses_are_public() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:4860:4860::8888",
            "64:ff9b::808:808",
            "2002:808:808::1",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(reach(text), Reach::Public, "{text}");
        }
    }

    #[test]
    fn the_edges_of_every_range_are_special() {
        for text in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.255",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::808:808",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fdff::1",
            "fec0::1",
            "ff02::1",
            "4000::1",
            "2001:2::1",
            "2001:20::1",
        ] {
            assert!(matches!(reach(text), Reach::Special(_)), "{text}: {:?}", reach(text));
        }
    }

    #[test]
    fn metadata_and_link_local_addresses_are_never_reached() {
        for text in [
            "169.254.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "192.0.0.192",
            "100.100.100.200",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::",
            "::a9fe:a9fe",
            "64:ff9b:1::a9fe:a9fe",
        ] {
            assert!(matches!(reach(text), Reach::Never(_)), "{text}: {:?}", reach(text));
        }
    }

    #[test]
    fn a_range_of_length_zero_has_everything() {
        let all = Network::new("0.0.0.0".parse().unwrap(), 0);
        assert!(all.contains("255.1.2.3".parse().unwrap()) && !all.contains("::1".parse().unwrap()));
        assert_eq!(all.never(), None);
        assert!(Network::new("169.254.169.0".parse().unwrap(), 24).never().is_some());
    }
}
