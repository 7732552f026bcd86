package data

import (
	"path/filepath"
	"runtime"
	"testing"
)

func TestUserFile(t *testing.T) {
	home := t.TempDir() // an absolute path wherever the test runs
	for _, c := range []struct {
		system      string
		environment map[string]string
		want        string
	}{
		{"linux", map[string]string{"HOME": home}, ".local/share/unseen/crx.data"},
		{"linux", map[string]string{"HOME": "/elsewhere", "XDG_DATA_HOME": home}, "unseen/crx.data"},
		{"linux", map[string]string{"XDG_DATA_HOME": home}, "unseen/crx.data"},
		{"linux", map[string]string{"HOME": home, "XDG_DATA_HOME": "relative"}, ".local/share/unseen/crx.data"},
		{"freebsd", map[string]string{"HOME": home}, ".local/share/unseen/crx.data"},
		{"darwin", map[string]string{"HOME": home, "XDG_DATA_HOME": "/elsewhere"}, "Library/Application Support/unseen/crx.data"},
		{"windows", map[string]string{"LocalAppData": home, "HOME": "/elsewhere"}, "unseen/crx.data"},
	} {
		got, err := userFile(c.system, func(name string) string { return c.environment[name] })
		if want := filepath.Join(home, filepath.FromSlash(c.want)); err != nil || got != want {
			t.Errorf("%s, %v: %s, %v", c.system, c.environment, got, err)
		}
	}
	empty := func(string) string { return "" }
	for system, variable := range map[string]string{"linux": "HOME", "darwin": "HOME", "windows": "LocalAppData"} {
		_, err := userFile(system, empty)
		wantError(t, err, "", variable)
	}
	_, here := userFile(runtime.GOOS, empty)
	if _, err := UserFile(empty); err == nil || err.Error() != here.Error() {
		t.Errorf("%v, want %v", err, here)
	}
}
