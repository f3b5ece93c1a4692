// What a report's page needs of Vega: compile a Vega-Lite specification and draw it, expressions interpreted, no loader.
import { extend } from "vega-util";
import { transforms } from "vega-dataflow";
import * as data from "vega-transforms";
import * as view from "vega-view-transforms";
import * as encode from "vega-encode";
import { View } from "vega-view";
import { parse } from "vega-parser";
import { compile } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";

// Maps, forces, trees, word clouds and regressions stay out: our figures use none, and they weigh a third of the whole.
extend(transforms, data, view, encode);

const refuse = () => Promise.reject(new Error("A report loads nothing."));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

// Vega-Lite speaks of choices that it makes by itself; a reader's console is no place for them.
const quiet = { level() { return this; }, error(...told) { throw new Error(told.join(" ")); }, warn() { return this; }, info() { return this; }, debug() { return this; } };

/** Draw a Vega-Lite specification into an element as SVG and resolve with the view. */
export const draw = (element, spec, config, tooltip) => {
  const compiled = compile(spec, { config, logger: quiet }).spec;
  const runtime = parse(compiled, undefined, { ast: true });
  const drawn = new View(runtime, { expr: expressionInterpreter, loader, renderer: "svg", container: element, hover: true, tooltip });
  return drawn.runAsync();
};
