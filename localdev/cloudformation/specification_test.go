package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// spec is what testdata/types.json holds.
type spec struct {
	Types map[string]struct {
		Properties map[string]property `json:"properties"`
		Attributes []string            `json:"attributes"`
	} `json:"types"`
	Definitions map[string]map[string]property `json:"definitions"`
}

type property struct {
	Type     shape `json:"type"`
	Required bool  `json:"required"`
}

// shape is a scalar's word, or one of the others.
type shape struct {
	word string
	Ref  string  `json:"ref"`
	List *shape  `json:"list"`
	Map  *shape  `json:"map"`
	Any  []shape `json:"any"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *shape) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &s.word)
	}
	type plain shape
	return json.Unmarshal(b, (*plain)(s))
}

func specification(t *testing.T) spec {
	t.Helper()
	b, err := os.ReadFile("testdata/types.json")
	if err != nil {
		t.Fatal(err)
	}
	var s spec
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestResourcesAreWhatAWSSpecifies(t *testing.T) {
	t.Parallel()
	s := specification(t)
	for _, name := range templates {
		tpl := load(t, name)
		for id, v := range tpl.resources {
			r := asMap(v)
			for key := range r {
				if !slices.Contains([]string{"Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy"}, key) {
					t.Errorf("%s %s has %s", name, id, key)
				}
			}
			kind, _ := r["Type"].(string)
			if strings.HasPrefix(kind, "Custom::") {
				continue
			}
			known, ok := s.Types[kind]
			if !ok {
				t.Errorf("%s %s: the type %s is not in testdata/types.json: run extract.mjs", name, id, kind)
				continue
			}
			for _, fault := range s.object(id, known.Properties, asMap(r["Properties"])) {
				t.Errorf("%s %s", name, fault)
			}
		}
	}
}

func (s spec) object(where string, known map[string]property, given map[string]any) []string {
	var faults []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		p, ok := known[name]
		if !ok {
			faults = append(faults, fmt.Sprintf("%s.%s is no property", where, name))
			continue
		}
		faults = append(faults, s.check(where+"."+name, p.Type, given[name])...)
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if _, ok := given[name]; known[name].Required && !ok {
			faults = append(faults, fmt.Sprintf("%s lacks %s", where, name))
		}
	}
	return faults
}

func (s spec) check(where string, want shape, v any) []string {
	if f, ok := v.(fn); ok {
		if args := asList(f.arg); f.name == "Fn::If" && len(args) == 3 {
			return append(s.check(where, want, args[1]), s.check(where, want, args[2])...)
		}
		return nil // what it gives is not known before it runs
	}
	wrong := []string{fmt.Sprintf("%s is %v, want %s", where, v, want)}
	switch {
	case len(want.Any) > 0:
		var last []string
		for _, one := range want.Any {
			if last = s.check(where, one, v); len(last) == 0 {
				return nil
			}
		}
		return last
	case want.Ref != "":
		m, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		return s.object(where, s.Definitions[want.Ref], m)
	case want.List != nil:
		list, ok := v.([]any)
		if !ok {
			return wrong
		}
		var faults []string
		for i, e := range list {
			faults = append(faults, s.check(fmt.Sprintf("%s[%d]", where, i), *want.List, e)...)
		}
		return faults
	case want.Map != nil:
		m, ok := v.(map[string]any)
		if !ok {
			return wrong
		}
		var faults []string
		for k, e := range m {
			faults = append(faults, s.check(where+"."+k, *want.Map, e)...)
		}
		return faults
	}
	if !scalar(want.word, v) {
		return wrong
	}
	return nil
}

func scalar(word string, v any) bool {
	text := fmt.Sprint(v)
	switch word {
	case "string":
		_, isMap := v.(map[string]any)
		_, isList := v.([]any)
		return !isMap && !isList
	case "integer":
		_, err := strconv.Atoi(text)
		return err == nil
	case "number":
		_, err := strconv.ParseFloat(text, 64)
		return err == nil
	case "boolean":
		return text == "true" || text == "false"
	}
	return word == "json" || word == "tag" || word == "date-time"
}

// String is for messages.
func (s shape) String() string {
	switch {
	case s.word != "":
		return s.word
	case s.List != nil:
		return "a list"
	case s.Map != nil || s.Ref != "":
		return "an object"
	}
	return "one of several"
}

// TestTheChecksCanFail keeps the checks above honest.
func TestTheChecksCanFail(t *testing.T) {
	t.Parallel()
	s := specification(t)
	known := s.Types["AWS::ECS::Service"].Properties
	for what, given := range map[string]map[string]any{
		"an unknown property":       {"DesiredCont": 1},
		"text for a number":         {"DesiredCount": "many"},
		"an object for a list":      {"LoadBalancers": map[string]any{}},
		"an unknown inner property": {"NetworkConfiguration": map[string]any{"AwsVpcConfiguration": map[string]any{}}},
	} {
		if len(s.object("x", known, given)) == 0 {
			t.Errorf("%s passes", what)
		}
	}
	if faults := s.object("x", s.Types["AWS::EC2::SecurityGroup"].Properties, map[string]any{}); len(faults) != 1 {
		t.Errorf("a missing GroupDescription: %v", faults)
	}
}
