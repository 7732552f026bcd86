package party

import (
	"errors"
	"testing"

	"gorgonia.org/tensor"
	"pgregory.net/rapid"

	"unseen/engine/trace"
)

func vector(x ...float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(1, len(x)), tensor.WithBacking(x))
}

func TestNeedNamesThePartyAndTheObject(t *testing.T) {
	defer func() {
		abort, ok := recover().(*Abort)
		if !ok || abort.Party != "server" {
			t.Fatalf("got %v, want an abort of the server", abort)
		}
		if got, want := abort.Error(), `server: object "w1" is not in its memory`; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if errors.Unwrap(abort) == nil {
			t.Error("the abort has no cause")
		}
	}()
	New("server", 0, Server).Store.Need("server", "w1")
}

// Whatever happens to a store, an image keeps what it showed, restoring brings
// exactly that back, and tensors that did not change are shared.
func TestImagesKeepTheirMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := New("server", 0, Server)
		names := rapid.SampledFrom([]string{"a", "b", "c", "d"})
		type kept struct {
			image *Image
			want  map[string]float64
		}
		var images []kept
		contents := func() map[string]float64 {
			m := map[string]float64{}
			for name, o := range p.Store.objects {
				m[name] = o.Data.Float64s()[0]
			}
			return m
		}
		check := func(k kept) {
			if len(k.image.Objects) != len(k.want) {
				t.Fatalf("an image holds %d objects, want %d", len(k.image.Objects), len(k.want))
			}
			for _, o := range k.image.Objects {
				if got := o.Data.Float64s()[0]; got != k.want[o.Name] {
					t.Fatalf("image of %s: %v, want %v", o.Name, got, k.want[o.Name])
				}
			}
		}
		var last *Image
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				p.Store.Put(names.Draw(t, "name"), trace.Plain, vector(rapid.Float64Range(-9, 9).Draw(t, "x")), 0, "")
			},
			"change in place": func(t *rapid.T) {
				if o, ok := p.Store.Get(names.Draw(t, "name")); ok {
					o.Data.Float64s()[0] = rapid.Float64Range(-9, 9).Draw(t, "x")
					p.Store.Put(o.Name, o.Form, o.Data, 1, "changed")
				}
			},
			"remove": func(t *rapid.T) { p.Store.Remove(names.Draw(t, "name")) },
			"put passing": func(t *rapid.T) {
				p.Store.PutPassing(names.Draw(t, "name"), trace.Plain, vector(rapid.Float64Range(-9, 9).Draw(t, "x")), 0, "")
			},
			"drop": func(t *rapid.T) {
				p.Store.DropPassing()
				for _, o := range p.Store.order {
					if o.Passing {
						t.Fatal("a passing object stayed")
					}
				}
			},
			"image": func(t *rapid.T) {
				last = p.Store.Image(last)
				images = append(images, kept{last, contents()})
			},
			"restore": func(t *rapid.T) {
				if len(images) > 0 {
					k := images[rapid.IntRange(0, len(images)-1).Draw(t, "image")]
					p.Store.Restore(k.image)
					check(kept{p.Store.Image(nil), k.want})
				}
			},
			"": func(*rapid.T) {
				if p.Store.Len() != len(p.Store.objects) {
					t.Fatal("the list and the map disagree")
				}
				for _, k := range images {
					check(k)
				}
			},
		})
	})
}

func TestImagesShareWhatDidNotChange(t *testing.T) {
	s := New("server", 0, Server).Store
	s.Put("a", trace.Plain, vector(1), 0, "")
	s.Put("b", trace.Plain, vector(2), 0, "")
	first := s.Image(nil)
	if again := s.Image(first); again != first {
		t.Error("an unchanged store was copied again")
	}
	s.Put("b", trace.Plain, vector(3), 0, "")
	second := s.Image(first)
	if first.Objects[0].Data != second.Objects[0].Data {
		t.Error("a tensor that did not change was copied")
	}
	if second.Bytes() != 8 {
		t.Errorf("the second image holds %d bytes of its own, want 8", second.Bytes())
	}
}
