// The component: the plugin, and the host of the world.
import { send } from "assay:integration/http@0.1.0";
import { write } from "assay:integration/log@0.1.0";
import { handler as handlerOf } from "./sdk/index.js";
import { plugin } from "./src/plugin.js";

export const handler = handlerOf(plugin, { send, log: write });
