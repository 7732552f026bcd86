package engine

import (
	"slices"
	"strings"

	"unseen/engine/encrypted"
	"unseen/engine/local"
	"unseen/engine/secagg"
)

// ingredients select, from the memory of the party that made a value, what it made it from:
// one after the other, each of them none, one or several objects.
type ingredients []func(Object) bool

// nothing is what a value is made from that is drawn.
var nothing ingredients

// named selects objects by their names.
func named(names ...string) (list ingredients) {
	for _, name := range names {
		list = append(list, func(o Object) bool { return o.Name == name })
	}
	return list
}

const receivedFrom = "received from "

// arrived reports whether an object came in a message.
func arrived(o Object) bool { return strings.HasPrefix(o.Origin, receivedFrom) }

// received selects all that came in messages.
var received = ingredients{arrived}

// ofEach selects what others sent under their names: "Ann Lee y" for " y".
func ofEach(suffixes ...string) (list ingredients) {
	for _, s := range suffixes {
		list = append(list, func(o Object) bool { return arrived(o) && strings.HasSuffix(o.Name, s) })
	}
	return list
}

// begins selects objects whose names begin so.
func begins(prefix string) ingredients {
	return ingredients{func(o Object) bool { return strings.HasPrefix(o.Name, prefix) }}
}

// numbered selects objects that are called by one of these letters and the number of a layer.
func numbered(letters ...string) ingredients {
	return ingredients{func(o Object) bool { return slices.Contains(letters, layerKind(o.Name)) }}
}

// layerKind is the name of a value of a layer without the layer's number: "dw" of "dw2"; empty
// of other values.
func layerKind(name string) string {
	kind := strings.TrimRight(name, "0123456789")
	if kind == name {
		return ""
	}
	return kind
}

// What several values are made from.
var (
	model = numbered("w", "b")
	// rowSlopes: of a row the slopes of a layer's weights are what goes into the layer times
	// the slopes of what comes out.
	rowSlopes = slices.Concat(named("x"), numbered("a", "dz"))
)

// ownRecipes says what a party makes values from where the event does not list all of it: by the
// operation and the name of the value, or its kind. An operation "" is any.
var ownRecipes = map[[2]string]ingredients{
	{"", local.LocalLoss}: named("loss"), {"", "start"}: model,

	{"clip", local.Norms}: slices.Concat(rowSlopes, model, named("start")), {"clip", local.Clipped}: rowSlopes, {"clip", "update"}: slices.Concat(model, named("start")),
	{"noise", local.Noise}: nothing, {"noise", local.Noisy}: named(local.Clipped, "update", local.Noise),
	{"noise", "dw"}: named(local.Noisy), {"noise", "db"}: named(local.Noisy),
	{"add", local.Clipped}: received, {"add", local.Noisy}: received, {"average", secagg.Average}: received,
	{"apply", "w"}: named(secagg.Average), {"apply", "b"}: named(secagg.Average), // and itself, see moves

	{"update", secagg.Update}: model, {"encode", local.Norms}: named(secagg.Update), {"encode", local.Noise}: nothing,
	{"encode", secagg.Encoded}: named(secagg.Update, local.Noise), {"mask", "y_u"}: named(secagg.Encoded, "b", "s pairs", "shared"),
	{"share secrets", "b"}: nothing, {"share secrets", "s pairs"}: named("s secret", "their s"),
	{"open shares", "shares held"}: named("sealed", "c secret", "their c"),
	{"recover", "b recovered"}:     ofEach(" shares"), {"recover", "s recovered"}: ofEach(" shares"),
	{"recover", "masks to take off"}: named("b recovered", "masks to take off"), {"recover s", "masks to take off"}: slices.Concat(named("s recovered", "masks to take off"), ofEach(" s")),
	{"add up", secagg.Sum}:          slices.Concat(ofEach(" y"), named("masks to take off")),
	{"interpolate", secagg.Sum}:     ofEach(" sum share"),
	{"add shares", secagg.SumShare}: named(secagg.Encoded, "c secret", "everybody's c"), // beside what came in: see arrivals
	{"abort", "left and needed"}:    ofEach(" c", " sealed", " y", " shares", " sum share"),
	{"take step", "w"}:              named(secagg.Average), {"take step", "b"}: named(secagg.Average),

	{"standardise", local.Scaled}: named(local.Scaled, "mean", "1/σ"),

	{"finish", "w"}: begins("model of "), {"finish", "b"}: begins("model of "),
}

// moves names the operations that add to a weight.
var moves = []string{"apply", "take step"}

// sentRecipes says what senders make what they send from, where their memories have it under
// another name: by the message and the name of the value without the sender's, or its kind.
var sentRecipes = map[[2]string]ingredients{
	{"share model", "seed of model"}: nothing, {"share model", "share of model"}: model,

	{"move model", ""}: model, {"move model", "rows"}: named(local.Raw),
	{"move update", ""}: named("update", local.Noisy),

	{"advertise keys", "c"}: named("c secret"), {"advertise keys", "s"}: named("s secret"),
	{"send keys", "their c"}: ofEach(" c"), {"send keys", "their s"}: ofEach(" s"), {"send keys", "everybody's c"}: ofEach(" c"),
	{"share keys", "sealed"}:     named("s secret", "b", "c secret", "their c"),
	{"forward shares", "shared"}: ofEach(" sealed"), {"forward shares", "sealed"}: ofEach(" sealed"),
	{"masked input", "y"}: named("y_u"), {"send lists", "delivered"}: ofEach(" y"), {"send lists", "gone"}: ofEach(" sealed", " y"),
	{"unmask", "shares"}:       named("shares held", "delivered", "gone"),
	{"share update", "sealed"}: named(secagg.Encoded, "c secret", "their c"),
	{"open sum", "sum share"}:  named(secagg.SumShare),

	{"share of model", "model"}: model,

	{"share of " + encrypted.Probabilities, encrypted.Probabilities}: named("p"),
}

// recipe finds what is written down about a value, by its name and else by its kind.
func recipe(list map[[2]string]ingredients, operation, name string) (ingredients, bool) {
	for _, key := range [][2]string{{operation, name}, {operation, layerKind(name)}, {"", name}} {
		if f, ok := list[key]; ok && (key[1] != "" || name == "") {
			return f, true
		}
	}
	return nil, false
}
