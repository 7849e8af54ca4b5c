// Package hubs compares metrics over hubs of models: what they add over knowing nothing
// of the target data, and how much could be known at all.
//
// A hub is a set of models that were fine-tuned on several datasets. A [Leaderboard] has
// the published scores of a hub beside baselines, which see no target data, and ceilings,
// which are other fine-tunings of the same models. A [Promise] says how often a shortlist
// of a ranking had the best model in hubs whose accuracies are known.
package hubs
