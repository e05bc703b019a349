use assay_base::{AttachmentId, DeliveryId, IntegrationId, RegistrationName};
use assay_wire::{
    AttachmentItem, AttachmentQuery, Backfill, BackfillAnswer, COMPONENT_BUNDLE_HEADER, COMPONENT_MEDIA_TYPE,
    DeliveriesDue, DeliveryDescription, DeliveryItem, DeliveryQuery, InstallQuery, IntegrationDescription,
    IntegrationItem, List, NewAttachment, NewRegistration, Paging, RegistrationItem, RegistrationTest, Replay,
    UpdateRegistration,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::Method;

use super::Client;
use super::request::decode;
use crate::error::CliError;

/// Integrations and what they deliver. Every function answers a [`CliError`] as the other ones do.
impl Client {
    /// One page of integrations.
    pub(crate) fn integrations(&self, paging: &Paging) -> Result<List<IntegrationItem>, CliError> {
        self.get(&self.org_url(&["integrations"])?, paging)
    }

    /// An integration with its forms.
    pub(crate) fn integration(&self, id: &IntegrationId) -> Result<IntegrationDescription, CliError> {
        self.get(&self.org_url(&["integrations", id.as_str()])?, &())
    }

    /// Installs a component, with the bundle of its signature if there is one.
    pub(crate) fn install_integration(
        &self,
        component: &Bytes,
        bundle: Option<&[u8]>,
        query: &InstallQuery,
    ) -> Result<IntegrationItem, CliError> {
        let url = self.org_url(&["integrations"])?;
        let bundle = bundle.map(|bundle| STANDARD.encode(bundle));
        let request = || {
            let base = self.request(Method::POST, &url).query(query).header("content-type", COMPONENT_MEDIA_TYPE);
            let signed = match &bundle {
                Some(bundle) => base.header(COMPONENT_BUNDLE_HEADER, bundle),
                None => base,
            };
            signed.body(component.clone())
        };
        self.block(async { decode(&self.send(request).await?.whole().await?) })
    }

    /// Removes a component that was installed.
    pub(crate) fn remove_integration(&self, id: &IntegrationId) -> Result<IntegrationItem, CliError> {
        decode(&self.delete(&self.org_url(&["integrations", id.as_str()])?)?)
    }

    /// One page of registrations.
    pub(crate) fn registrations(&self, paging: &Paging) -> Result<List<RegistrationItem>, CliError> {
        self.get(&self.org_url(&["registrations"])?, paging)
    }

    /// A registration.
    pub(crate) fn registration(&self, name: &RegistrationName) -> Result<RegistrationItem, CliError> {
        self.get(&self.org_url(&["registrations", name.as_str()])?, &())
    }

    /// Registers an integration; its destination is tried.
    pub(crate) fn register(&self, new: &NewRegistration) -> Result<RegistrationItem, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["registrations"])?, new)
    }

    /// Changes a registration; its destination is tried.
    pub(crate) fn update_registration(
        &self,
        name: &RegistrationName,
        update: &UpdateRegistration,
    ) -> Result<RegistrationItem, CliError> {
        self.send_json(&Method::PATCH, &self.org_url(&["registrations", name.as_str()])?, update)
    }

    /// Tries the destination of a registration.
    pub(crate) fn test_registration(&self, name: &RegistrationName) -> Result<RegistrationTest, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["registrations", name.as_str(), "test"])?, &())
    }

    /// Removes a registration.
    pub(crate) fn deregister(&self, name: &RegistrationName) -> Result<RegistrationItem, CliError> {
        decode(&self.delete(&self.org_url(&["registrations", name.as_str()])?)?)
    }

    /// One page of attachments.
    pub(crate) fn attachments(&self, query: &AttachmentQuery) -> Result<List<AttachmentItem>, CliError> {
        self.get(&self.org_url(&["attachments"])?, query)
    }

    /// Attaches a registration to a workflow.
    pub(crate) fn attach(&self, new: &NewAttachment) -> Result<AttachmentItem, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["attachments"])?, new)
    }

    /// Detaches.
    pub(crate) fn detach(&self, id: AttachmentId) -> Result<AttachmentItem, CliError> {
        decode(&self.delete(&self.org_url(&["attachments", &id.to_string()])?)?)
    }

    /// Sends to an attachment what was pushed before it was made.
    pub(crate) fn backfill(&self, id: AttachmentId, wanted: &Backfill) -> Result<BackfillAnswer, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["attachments", &id.to_string(), "backfill"])?, wanted)
    }

    /// One page of deliveries.
    pub(crate) fn deliveries(&self, query: &DeliveryQuery) -> Result<List<DeliveryItem>, CliError> {
        self.get(&self.org_url(&["deliveries"])?, query)
    }

    /// A delivery with its attempts.
    pub(crate) fn delivery(&self, id: DeliveryId) -> Result<DeliveryDescription, CliError> {
        self.get(&self.org_url(&["deliveries", &id.to_string()])?, &())
    }

    /// Sends a delivery again.
    pub(crate) fn redeliver(&self, id: DeliveryId) -> Result<DeliveriesDue, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["deliveries", &id.to_string(), "redeliver"])?, &())
    }

    /// Sends everything to a registration again.
    pub(crate) fn replay(&self, replay: &Replay) -> Result<DeliveriesDue, CliError> {
        self.send_json(&Method::POST, &self.org_url(&["deliveries", "replay"])?, replay)
    }
}
