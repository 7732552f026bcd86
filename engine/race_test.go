//go:build race

package engine

// racing: the race detector is on, and everything takes ten times as long.
const racing = true
