package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// with gives a JSON object one more member, or another value of one.
func with(raw json.RawMessage, name string, value any) (json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("the record is no JSON object: %w", err)
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	object[name] = encoded
	return json.Marshal(object)
}

// without takes members out of a JSON object.
func without(raw json.RawMessage, names ...string) (json.RawMessage, error) {
	object := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("the record is no JSON object: %w", err)
	}
	for _, name := range names {
		delete(object, name)
	}
	return json.Marshal(object)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// stamp writes a time as most services do: RFC 3339, UTC, microseconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
