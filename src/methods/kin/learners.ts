// The learners by their plans: a row each.
import type { ParameterSpec } from '../../engine/parameters.js';
import { imageLearner, parametersOfImages } from './image-learner.js';
import type { Learner, LearnerPlan, LearnerShare } from './learner.js';
import { parametersOfVectors, vectorLearner } from './vector-learner.js';

export function openLearner(plan: LearnerPlan, share: LearnerShare): Learner {
  return plan.kind === 'images' ? imageLearner(plan, share) : vectorLearner(plan, share);
}

/** What a network of the plan declares. */
export function parametersOf(plan: LearnerPlan): readonly ParameterSpec[] {
  return plan.kind === 'images' ? parametersOfImages(plan) : parametersOfVectors(plan);
}
