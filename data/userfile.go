package data

import (
	"path/filepath"
	"runtime"
)

// UserFile returns the path at which the user's crx.data is kept, whether or not
// it is there: unseen/crx.data in the folder for the data of programs, which is
// $XDG_DATA_HOME or else ~/.local/share on Linux and its like, ~/Library/Application
// Support on macOS and %LocalAppData% on Windows. The function getenv looks up an
// environment variable as os.Getenv does.
//
// The error is an *[Error]: the environment does not say where the user's files
// are.
func UserFile(getenv func(string) string) (string, error) {
	return userFile(runtime.GOOS, getenv)
}

func userFile(system string, getenv func(string) string) (string, error) {
	variable, below := "HOME", []string{".local", "share"}
	switch system {
	case "windows":
		variable, below = "LocalAppData", nil
	case "darwin", "ios":
		below = []string{"Library", "Application Support"}
	default:
		// A relative path counts as none, as the specification wants it.
		if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, "unseen", crxName), nil
		}
	}
	home := getenv(variable)
	if home == "" {
		return "", &Error{What: "there is no folder for the data of programs: the variable " + variable + " is empty",
			Mend: "set it, or give the path of the data file"}
	}
	return filepath.Join(append(append([]string{home}, below...), "unseen", crxName)...), nil
}
