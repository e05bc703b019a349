import { type Configured, type Context, type Endpoint, type Host, type Plugin, type Secret, type Task } from "../sdk/index.js";
import { PluginError, json, metadata, ok, seconds, send } from "../sdk/index.js";

/** What a user says once, when the integration is registered. The schemas in the manifest say the same. */
export interface Registration {
  url: Endpoint;
  secret?: Secret;
}

/** What a user says for each workflow. */
export interface Attachment {
  list_materials?: boolean;
}

export const plugin: Plugin<Registration, Attachment> = {
  manifest: {
    schema: "assay.dev/plugin/v1",
    id: "my-plugin",
    version: "0.1.0",
    api: "assay:integration@0.1",
    title: "My plugin",
    description: "Posts a small JSON document about every attestation.",
    subscribes: { attestations: true, materials: ["SBOM_CYCLONEDX_JSON", "SBOM_SPDX_JSON", "SARIF"] },
    registration: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
      required: ["url"],
      properties: {
        url: {
          type: "string",
          format: "uri",
          title: "URL",
          description: "Where documents are posted to",
          "x-assay-endpoint": "target",
        },
        secret: {
          type: "string",
          minLength: 1,
          writeOnly: true,
          title: "Secret",
          description: "A token that is sent as `Authorization: Bearer …`",
          "x-assay-secret": { slot: "token", endpoint: "target", as: { bearer: {} } },
        },
      },
    },
    attachment: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
      properties: {
        list_materials: {
          type: "boolean",
          default: true,
          title: "List materials",
          description: "Whether the materials of the run are listed",
        },
      },
    },
    network: { endpoints: { target: { schemes: ["https", "http"], methods: ["POST"] } } },
    limits: { memory_mb: 32, wall_ms: 30000, requests: 5 },
  },

  register(host: Host, context: Context, input: Registration): unknown {
    if (typeof input.url?.$endpoint !== "string") throw PluginError.invalid("/url", "this must be a URL");
    post(host, context, input, `test-${context.registration.name}`, { event: "test", organization: context.organization });
    return { tested_at: context.now };
  },

  attach(_host: Host, _context: Context, _registration: Configured<Registration>, input: Attachment): unknown {
    if (input.list_materials != null && typeof input.list_materials !== "boolean") {
      throw PluginError.invalid("/list_materials", "this must be true or false");
    }
    return {};
  },

  execute(host: Host, task: Task<Registration, Attachment>): unknown {
    const { workflow, run, delivery_id: id } = task.context;
    const listed = task.attachment.configuration.list_materials ?? true;
    const materials = listed ? task.materials.map(metadata).map(({ name, kind, digest, size }) => ({ name, kind, digest, size })) : [];
    const status = post(host, task.context, task.registration.configuration, id, {
      event: "attestation",
      organization: task.context.organization,
      project: workflow.project,
      workflow: workflow.name,
      run: { id: run.id, verdict: run.verdict, version: run.version, attestation: run.attestation_digest },
      materials,
    });
    host.log("info", "delivered", [["materials", String(materials.length)]]);
    return { status, materials: materials.length };
  },
};

/** The id is the same at every attempt: a receiver knows by it what it has already. */
function post(host: Host, context: Context, registration: Registration, id: string, document: object): number {
  const response = send(host, registration.url, "", {
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(seconds(context.now)),
    },
    body: json(document),
    auth: [registration.secret],
    timeoutMs: 10_000,
  });
  return ok(context, response).status;
}
