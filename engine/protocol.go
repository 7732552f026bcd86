package engine

import (
	"fmt"
	"strings"

	"unseen/engine/mpc"
)

// ProtocolInfo says what a protocol on shares is for.
type ProtocolInfo struct {
	Name    string // "truncate-exactly"
	Says    string // its formula in one line
	Inputs  int    // 1 or 2
	Columns int    // how many numbers an input has at least
	Holders int    // how many holders it is for; 0: any number
}

// Protocols lists the protocols on shares that can be run by name.
func Protocols() []ProtocolInfo {
	var list []ProtocolInfo
	for _, n := range mpc.Catalogue() {
		list = append(list, info(n))
	}
	return list
}

func info(n mpc.Named) ProtocolInfo {
	return ProtocolInfo{n.Name, n.Says, n.Inputs, n.Columns, n.Holders}
}

// Explain returns the explanation of a protocol or of an operation that a protocol
// announces in its spans: Markdown in lines of up to 80 characters. ok is false
// where there is none.
func Explain(name string) (text string, ok bool) {
	if n, found := mpc.Find(name); found {
		name = n.Operation
	}
	return mpc.Explain(name)
}

// findProtocol returns a protocol, or a *[SettingError] that lists all of them.
func findProtocol(setting, name string) (mpc.Named, error) {
	n, ok := mpc.Find(name)
	if ok {
		return n, nil
	}
	var names []string
	for _, n := range mpc.Catalogue() {
		names = append(names, n.Name)
	}
	return n, &SettingError{setting, fmt.Sprintf("%q", name), "no protocol of that name", "choose one of: " + strings.Join(names, ", ")}
}
