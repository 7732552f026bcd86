package engine

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"train", "trace", "explore", "epochs", "lr", "init", "init-weights", "split"}
	for word, want := range map[string]string{
		"trian": "train", "TRIAN": "train", "trein": "train", "epoch": "epochs", "EPOCHS": "epochs", "lrr": "lr", "expl": "explore", "init-weight": "init-weights",
		"plot": "", "x": "", "": "", "checkpoint": "", strings.Repeat("train", 20): "",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q suggests %q, want %q", word, got, want)
		}
	}
}
