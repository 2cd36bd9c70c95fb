// kindred grow RUN SOURCE…: a new dataset meets an old run; print what is known, new and changed, and write a new run.
import { join } from 'node:path';
import { placeOf, readingOf } from '../../api/options.js';
import { type Kind, readKinds } from '../../run/files/artefacts.js';
import type { RunCard } from '../../run/files/card.js';
import { growRun } from '../../run/growing/grow.js';
import { type CommandContext, readingOptions } from '../flags/arguments.js';
import { counted } from '../flags/flag-values.js';
import { noticeTo, withProgress } from '../printing/progress.js';
import { left, percent, right, table } from '../printing/table.js';

export async function growCommand({ flags, positionals, argv, signal }: CommandContext): Promise<void> {
  const [run, ...sources] = positionals;
  const { tag, overwrite } = flags;
  const place = placeOf({ logDir: flags['log-dir'], tag, overwrite });
  const request = {
    run,
    sources,
    ...readingOf(readingOptions(flags)),
    strict: flags.strict ?? false,
    ...place,
    threads: flags.threads,
    command: argv,
  };
  const card = await withProgress(({ report, finish }) =>
    growRun(request, { report, signal, notice: noticeTo(finish) }),
  );
  const folder = join(place.logDir, card.tag);
  if (flags.json) process.stdout.write(`${JSON.stringify(card, null, 2)}\n`);
  else process.stdout.write(growthText(card, readKinds(folder), folder));
}

/** The table of kinds, the new ones by name, and where to look. */
export function growthText({ growth, grownFrom }: RunCard, kinds: readonly Kind[], folder: string): string {
  if (growth === null || grownFrom === null) throw new Error('the run has not grown');
  const { images, known, inNewKinds, outside, newKinds, changes } = growth;
  const columns = [...right('kind'), ...left('name'), ...right('old images', 'new images'), ...left('drift')];
  const rows = kinds.map(({ cluster, name, size }) => {
    // A kind without a change is new.
    const change = changes.find((each) => each.cluster === cluster);
    const added = change?.added ?? size;
    const drift = change === undefined ? 'new' : driftText(change);
    return [String(cluster), name, counted(size - added), counted(added), drift];
  });
  const verdicts = newKinds.map(({ name, images: found }) => `new kind ${name}: ${counted(found)} images`);
  const blocks = [
    `${counted(images)} new images: ${counted(known)} of kinds that ${grownFrom.tag} knows, ${counted(inNewKinds)} of new kinds, ${counted(outside)} of none`,
    table(columns, rows),
    verdicts.length === 0 ? 'no new kind' : verdicts.join('\n'),
    `Run folder   ${folder}\nLook at it   ${join(folder, 'report.html')}`,
  ];
  return `${blocks.join('\n\n')}\n`;
}

type Change = NonNullable<RunCard['growth']>['changes'][number];

/** `drifted 0.47, 38.0 % apart`, `no (0.03)`, or a dash where there are too few new images to tell. */
function driftText({ effect, apart, isDrifted }: Change): string {
  const group = apart > 0 ? `, ${percent(apart)} apart` : '';
  if (isDrifted) return `drifted ${effect === null ? '' : effect.toFixed(2)}${group}`;
  return effect === null ? '–' : `no (${Math.max(0, effect).toFixed(2)})`;
}
