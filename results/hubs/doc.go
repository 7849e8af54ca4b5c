// Package hubs compares metrics over hubs of models: what they add over knowing nothing
// of the target data, and how much could be known at all.
package hubs
