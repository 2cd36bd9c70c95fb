// Where k-means starts: greedy k-means++.
//
// k-means++ draws each next centre from the rows with probability proportional to the squared distance to
// the nearest centre so far (Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding", 2007).
// The greedy form of their code, which scikit-learn follows, draws 2 + ⌊ln k⌋ candidates and keeps the one
// that leaves the smallest sum of squared distances.
import type { Random } from '../../core/random.js';
import type { Team } from './team.js';

/** Sets the team's centres (k, d) to k rows of x. */
export async function seedCentres(team: Team, random: Random): Promise<void> {
  const { k, rows, shared } = team;
  const trials = 2 + Math.floor(Math.log(k));
  let candidates = [random.integer(rows)];
  for (let seeds = 0; seeds < k; seeds++) {
    if (seeds > 0) candidates = drawCandidates(shared.cost, trials, random);
    const answers = await team.ask({ kind: 'tryCandidates', candidates });
    const potentials = candidates.map((_, place) =>
      answers.reduce((sum, answer) => sum + answer.potentials![place], 0),
    );
    const best = potentials.indexOf(Math.min(...potentials));
    await team.ask({ kind: 'adoptCandidate', place: best, cluster: seeds });
  }
}

/** weights (n) → `count` indices, each drawn with probability proportional to its weight. */
function drawCandidates(weights: Float32Array, count: number, random: Random): number[] {
  let total = 0;
  for (let row = 0; row < weights.length; row++) total += weights[row];
  // Every row equals a seed: there are fewer distinct rows than centres, and any row is as good.
  if (total === 0) return [random.integer(weights.length)];
  const targets = Array.from({ length: count }, () => random.uniform() * total).sort((a, b) => a - b);
  const drawn: number[] = [];
  let sum = 0;
  let last = 0;
  for (let row = 0; row < weights.length && drawn.length < count; row++) {
    if (weights[row] === 0) continue;
    sum += weights[row];
    last = row;
    while (drawn.length < count && targets[drawn.length] < sum) drawn.push(row);
  }
  while (drawn.length < count) drawn.push(last);
  return drawn;
}
