use std::sync::Arc;
use std::time::Duration;

use assay_integration::Bound;
use assay_ports::{CallReport, Egress, Evidence, Function, PluginCall, PluginError, PluginState, RequestRecord};
use assay_sandbox::{Budget, ComponentSandbox, GuestStack, Hosted};
use bytes::Bytes;
use serde_json::Value;
use tokio::runtime::Handle;
use wasmtime::Store;
use wasmtime::component::{Resource, ResourceTable, ResourceTableError};

use crate::bindings::assay::integration::types::{self, Error as GuestError};
use crate::bindings::exports::assay::integration::handler::Task;
use crate::blob::Blob;
use crate::loaded::Loaded;
use crate::log::Log;
use crate::outcome;
use crate::redact::Redactor;

/// Most handles of one call: evidence and answers that the guest has not given back.
const HANDLES: usize = 256;

/// Most bytes of answers that a guest holds handles of.
const ANSWERS_BYTES: usize = 16 << 20;

/// Requests whose heads are remembered: the last ones.
const HEADS: usize = 64;

/// Refusals that are remembered when all requests are used up.
const REFUSALS: usize = 8;

/// Readings and writings of the registration's small values in one call.
const STATE_CALLS: u32 = 1_000;

/// What the host keeps for one call: what it may use, and what it has done.
pub(crate) struct Call {
    pub(crate) bound: Bound,
    pub(crate) pool: String,
    pub(crate) delivery: String,
    pub(crate) egress: Arc<dyn Egress>,
    pub(crate) state: Arc<dyn PluginState>,
    pub(crate) redactor: Redactor,
    pub(crate) table: ResourceTable,
    pub(crate) log: Log,
    requests: Vec<RequestRecord>,
    /// Bytes of the answers in the table.
    held: usize,
    /// Readings and writings of the state.
    state_calls: u32,
    runtime: Handle,
}

/// A call, and everything that it needs to run on another thread.
pub(crate) struct Running {
    loaded: Arc<Loaded>,
    function: Function,
    context: Value,
    call: Call,
}

/// What a guest answers: a document, or how it failed.
type Answer = Result<String, GuestError>;

impl Running {
    pub(crate) fn new(call: PluginCall, loaded: Arc<Loaded>, egress: Arc<dyn Egress>, runtime: Handle) -> Self {
        let PluginCall { function, context, bound, pool, state, component: _ } = call;
        let mut table = ResourceTable::new();
        table.set_max_capacity(HANDLES);
        let delivery = context.get("delivery_id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let redactor = Redactor::new(&bound);
        let (log, requests, held, state_calls) = (Log::default(), Vec::new(), 0, 0);
        let call =
            Call { bound, pool, delivery, egress, state, redactor, table, log, requests, held, state_calls, runtime };
        Self { loaded, function, context, call }
    }

    /// The report, when there is nothing to call: a component without a lifecycle has nothing to take down.
    pub(crate) fn without_guest(self) -> Result<CallReport, Box<Self>> {
        match self.function {
            Function::Detach { .. } | Function::Deregister { .. } if self.loaded.lifecycle.is_none() => {
                Ok(outcome::without_guest(Value::Null))
            }
            Function::Migrate { state, .. } if self.loaded.lifecycle.is_none() => Ok(outcome::without_guest(state)),
            _ => Err(Box::new(self)),
        }
    }

    /// Calls the guest in a fresh instance, which is gone afterwards.
    pub(crate) fn run(self, sandbox: &ComponentSandbox, stack: &GuestStack) -> Result<CallReport, PluginError> {
        let Self { loaded, function, context, call } = self;
        let limits = call.bound.limits;
        let budget = Budget { cpu: limits.cpu, wall: limits.wall };
        let ran = sandbox.run(stack, call, limits.memory, budget, |store| {
            let arguments = Arguments { context: context.to_string(), function };
            arguments.call(&loaded, store)
        });
        outcome::report(ran)
    }
}

/// Waits for `future` on the host's account, at most as long as the call may still take.
///
/// # Errors
/// The trap for the guest when the time is over.
pub(crate) fn wait<R>(hosted: &mut Hosted<Call>, future: impl Future<Output = R>) -> wasmtime::Result<R> {
    let answered = hosted.on_the_host(|call, left| {
        let runtime = call.runtime.clone();
        runtime.block_on(async { tokio::time::timeout(left, future).await })
    })?;
    // Where the time is over, the sandbox has said so already.
    answered.map_err(|_| wasmtime::Error::msg("out of time"))
}

struct Arguments {
    context: String,
    function: Function,
}

impl Arguments {
    fn call(self, loaded: &Loaded, store: &mut Store<Hosted<Call>>) -> wasmtime::Result<Answer> {
        let instance = loaded.instance.instantiate(&mut *store)?;
        let handler = loaded.handler.load(&mut *store, &instance)?;
        let lifecycle = loaded.lifecycle.as_ref().map(|found| found.load(&mut *store, &instance)).transpose()?;
        let context = self.context;
        match (self.function, lifecycle) {
            (Function::Check { registration }, Some(guest)) => {
                guest.call_check(store, &context, &registration.to_string())
            }
            (Function::Register | Function::Check { .. }, _) => {
                let input = store.data().host().bound.input.to_string();
                handler.call_register(store, &context, &input)
            }
            (Function::Attach { registration, input }, _) => {
                handler.call_attach(store, &context, &registration.to_string(), &input.to_string())
            }
            (Function::Execute { registration, attachment, envelope, materials }, _) => {
                let task =
                    task(store.data_mut().host_mut(), context, [&registration, &attachment], envelope, materials)?;
                handler.call_execute(store, &task)
            }
            (Function::Detach { registration, attachment }, Some(guest)) => {
                let done = guest.call_detach(store, &context, &registration.to_string(), &attachment.to_string())?;
                Ok(done.map(|()| outcome::NOTHING.to_owned()))
            }
            (Function::Deregister { registration }, Some(guest)) => {
                let done = guest.call_deregister(store, &context, &registration.to_string())?;
                Ok(done.map(|()| outcome::NOTHING.to_owned()))
            }
            (Function::Detach { .. } | Function::Deregister { .. }, None) => Ok(Ok(outcome::NOTHING.to_owned())),
            (Function::Migrate { from_version, state }, Some(guest)) => {
                guest.call_migrate(store, &from_version, &state.to_string())
            }
            (Function::Migrate { state, .. }, None) => Ok(Ok(state.to_string())),
        }
    }
}

fn task(
    call: &mut Call,
    context: String,
    [registration, attachment]: [&Value; 2],
    envelope: Evidence,
    materials: Vec<Evidence>,
) -> wasmtime::Result<Task> {
    // What the host hands out itself does not count against what the guest may hold.
    call.table.set_max_capacity(HANDLES + 1 + materials.len());
    let mut handle = |evidence| -> wasmtime::Result<Resource<Blob>> { Ok(call.table.push(Blob::evidence(evidence))?) };
    let envelope = handle(envelope)?;
    let materials = materials.into_iter().map(handle).collect::<Result<_, _>>()?;
    let (registration, attachment) = (registration.to_string(), attachment.to_string());
    Ok(Task { context, registration, attachment, envelope, materials })
}

/// The vocabulary has no functions.
impl types::Host for Hosted<Call> {}

impl Call {
    /// Whether one more request or mail may be sent.
    ///
    /// # Errors
    /// Why it must not be sent.
    pub(crate) fn may_request(&self) -> Result<(), String> {
        let most = self.bound.limits.requests;
        let sent = u32::try_from(self.requests.len()).unwrap_or(u32::MAX);
        if sent < most { Ok(()) } else { Err(format!("a call may send {most} requests, and they are used up")) }
    }

    /// Counts a reading or a writing of the state.
    ///
    /// # Errors
    /// Why there is no more.
    pub(crate) fn may_use_state(&mut self) -> Result<(), String> {
        self.state_calls += 1;
        if self.state_calls <= STATE_CALLS {
            Ok(())
        } else {
            Err(format!("a call uses its state {STATE_CALLS} times at most"))
        }
    }

    /// Remembers a request or a mail. Of what is refused because all requests are used up, a few are enough.
    pub(crate) fn remember(&mut self, record: RequestRecord) {
        if self.requests.len() >= self.bound.limits.requests as usize + REFUSALS {
            return;
        }
        let old = self.requests.len().checked_sub(HEADS).and_then(|at| self.requests.get_mut(at));
        if let Some(old) = old {
            old.request_head = String::new();
            old.response_head = None;
        }
        self.requests.push(record);
    }

    /// The requests and mails so far.
    pub(crate) fn requests(&self) -> &[RequestRecord] {
        &self.requests
    }

    /// The requests and mails, and the log.
    pub(crate) fn into_records(self) -> (Vec<RequestRecord>, Vec<String>) {
        (self.requests, self.log.into_lines())
    }

    /// Whether the guest may hold an answer of so many bytes beside those that it holds.
    pub(crate) const fn has_room(&self, bytes: usize) -> bool {
        self.held.saturating_add(bytes) <= ANSWERS_BYTES
    }

    /// A handle of an answer.
    ///
    /// # Errors
    /// The guest holds too many.
    pub(crate) fn hold(
        &mut self,
        media_type: Option<String>,
        body: Bytes,
    ) -> Result<Resource<Blob>, ResourceTableError> {
        let bytes = body.len();
        let handle = self.table.push(Blob::answer(media_type, body))?;
        self.held += bytes;
        Ok(handle)
    }

    /// Takes a handle back.
    pub(crate) fn release(&mut self, handle: Resource<Blob>) -> Result<(), ResourceTableError> {
        let blob = self.table.delete(handle)?;
        self.held = self.held.saturating_sub(blob.at_hand().map_or(0, Bytes::len));
        Ok(())
    }

    /// An error and its causes, in one line and without secrets.
    pub(crate) fn told(&self, error: &dyn std::error::Error) -> String {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let more = error.to_string();
            // Libraries repeat the cause in their own text.
            if !text.contains(&more) {
                text = format!("{text}: {more}");
            }
            cause = error.source();
        }
        outcome::sentence(&self.redactor.text(text))
    }
}

/// The time that a request or a mail may take, of what the guest asks for and what is left: of that, a tenth is kept for the guest
/// to tell what became of it.
pub(crate) fn timeout(asked: Option<u32>, left: Duration) -> Duration {
    let most = left * 9 / 10;
    asked.map_or(most, |asked| most.min(Duration::from_millis(asked.into())))
}
