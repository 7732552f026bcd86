package recording

import (
	"fmt"
	"reflect"
)

// The tags of a value that describes itself. Metrics are written so: a later
// version may measure more, and each reads of them what it knows.
const (
	intTag    = 'i'
	floatTag  = 'f'
	textTag   = 't'
	listTag   = 'l'
	objectTag = 'o'
)

// tree writes a value with its tags: numbers, texts, lists, and structs by the
// names of their exported fields.
func (w *stepWriter) tree(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		w.byte(intTag)
		n := int64(0)
		if v.Bool() {
			n = 1
		}
		w.int(n)
	case reflect.Int, reflect.Int64, reflect.Int32:
		w.byte(intTag)
		w.int(v.Int())
	case reflect.Uint64, reflect.Uint32, reflect.Uint8:
		w.byte(intTag)
		w.int(int64(v.Uint()))
	case reflect.Float64:
		w.byte(floatTag)
		w.float(v.Float())
	case reflect.String:
		w.byte(textTag)
		w.name(v.String())
	case reflect.Slice, reflect.Array:
		w.byte(listTag)
		w.number(v.Len())
		for i := range v.Len() {
			if err := w.tree(v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		w.byte(objectTag)
		t := v.Type()
		w.number(t.NumField())
		for i := range t.NumField() {
			w.name(t.Field(i).Name)
			if err := w.tree(v.Field(i)); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("a metric of kind %v", v.Kind())
	}
	return nil
}

// maxDepth bounds how deep values lie in each other.
const maxDepth = 16

// tree reads a value into v; what v has no place for is read and left out. An
// invalid v has no place for anything.
func (r *stepReader) tree(v reflect.Value, depth int) {
	if depth > maxDepth {
		r.bad = true
	}
	if r.bad {
		return
	}
	kind := v.Kind() // reflect.Invalid for nowhere
	switch r.byte() {
	case intTag:
		n := r.int()
		switch kind {
		case reflect.Bool:
			v.SetBool(n != 0)
		case reflect.Int, reflect.Int64, reflect.Int32:
			v.SetInt(n)
		case reflect.Uint64, reflect.Uint32, reflect.Uint8:
			v.SetUint(uint64(n))
		}
	case floatTag:
		if x := r.float(); kind == reflect.Float64 {
			v.SetFloat(x)
		}
	case textTag:
		if s := r.name(); kind == reflect.String {
			v.SetString(s)
		}
	case listTag:
		n := r.count(2)
		if kind == reflect.Slice && n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range n {
			var at reflect.Value
			if (kind == reflect.Slice || kind == reflect.Array) && i < v.Len() {
				at = v.Index(i)
			}
			r.tree(at, depth+1)
		}
	case objectTag:
		for range r.count(3) {
			name := r.name()
			var at reflect.Value
			if kind == reflect.Struct {
				at = v.FieldByName(name)
			}
			if at.IsValid() && !at.CanSet() {
				at = reflect.Value{}
			}
			r.tree(at, depth+1)
		}
	default:
		r.bad = true
	}
}
