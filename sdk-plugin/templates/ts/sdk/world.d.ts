// The imports of the world `plugin-http` (wit/integration.wit), as JavaScript sees them.

declare module "assay:integration/http@0.1.0" {
  export function send(request: import("./index.js").HttpRequest): import("./index.js").HttpResponse;
}

declare module "assay:integration/log@0.1.0" {
  export function write(level: import("./index.js").Level, message: string, fields: [string, string][]): void;
}
