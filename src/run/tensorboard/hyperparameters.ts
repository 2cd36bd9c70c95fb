// What the HPARAMS tab reads: how a training session began, and how it ended.
// Messages: tensorboard/plugins/hparams/{plugin_data,api}.proto; values are google.protobuf.Value.
import { type ProtobufMessage, protobuf } from '../../core/protobuf.js';
import { pluginValue } from './events.js';

/** Null means "does not apply" and is left out; a list is shown as text, `500,500,2000`. */
export type Hyperparameters = Readonly<Record<string, string | number | boolean | null | readonly number[]>>;

type Value = string | number | boolean;

const PLUGIN = 'hparams';

/** The session's start: the value of every hyper-parameter. */
export function sessionStartValue(parameters: Hyperparameters, wallSeconds: number): ProtobufMessage {
  const start = protobuf();
  for (const [name, value] of known(parameters)) {
    start.message(1, protobuf().string(1, name).message(2, protobufValue(value)));
  }
  start.double(5, wallSeconds);
  return pluginValue('_hparams_/session_start_info', PLUGIN, protobuf().message(3, start));
}

/** The session's end. A session without one is shown as of unknown status. */
export function sessionEndValue(outcome: 'success' | 'failure', wallSeconds: number): ProtobufMessage {
  const end = protobuf()
    .varint(1, outcome === 'success' ? 1 : 2)
    .double(2, wallSeconds);
  return pluginValue('_hparams_/session_end_info', PLUGIN, protobuf().message(4, end));
}

/** Names in order, so that equal records give equal bytes; numbers that JSON cannot carry become text. */
function known(parameters: Hyperparameters): [string, Value][] {
  return Object.keys(parameters)
    .sort()
    .flatMap((name): [string, Value][] => {
      const value = parameters[name];
      if (value === null) return [];
      if (typeof value === 'object') return [[name, value.join(',')]];
      return [[name, typeof value === 'number' && !Number.isFinite(value) ? String(value) : value]];
    });
}

function protobufValue(value: Value): ProtobufMessage {
  if (typeof value === 'number') return protobuf().double(2, value);
  if (typeof value === 'string') return protobuf().string(3, value);
  return protobuf().varint(4, Number(value));
}
