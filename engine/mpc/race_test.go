//go:build race

package mpc

// halvings of how much is enumerated where the race detector makes everything slow.
const halvings = 4
