package cloudformation

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// fn is one use of an intrinsic function: !Sub "x" is {"Fn::Sub", "x"}.
type fn struct {
	name string
	arg  any
}

// template is a parsed template. Values are map[string]any, []any, scalars and fn.
type template struct {
	name       string
	size       int
	parameters map[string]any
	conditions map[string]any
	resources  map[string]any
	outputs    map[string]any
	rules      map[string]any
}

var (
	mainTemplate = "threatwerk-ecs.yaml"
	templates    = []string{mainTemplate, "threatwerk-poller-lambda.yaml"}
)

func load(t *testing.T, name string) template {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testkit.Root(), "cloudformation", name))
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	top, err := value(doc.Content[0])
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	m := top.(map[string]any)
	for section := range m {
		if !slices.Contains([]string{"AWSTemplateFormatVersion", "Description", "Parameters", "Rules", "Conditions", "Resources", "Outputs"}, section) {
			t.Errorf("%s has a section %s", name, section)
		}
	}
	return template{
		name: name, size: len(b), parameters: asMap(m["Parameters"]), conditions: asMap(m["Conditions"]), resources: asMap(m["Resources"]),
		outputs: asMap(m["Outputs"]), rules: asMap(m["Rules"]),
	}
}

func value(n *yaml.Node) (any, error) {
	if len(n.Tag) > 1 && n.Tag[0] == '!' && n.Tag[1] != '!' {
		return intrinsic(n)
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("line %d: %s is given twice", n.Content[i].Line, key)
			}
			v, err := value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[key] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := value(c)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.ScalarNode:
		var v any
		err := n.Decode(&v)
		return v, err
	}
	return nil, fmt.Errorf("line %d: aliases are not known to CloudFormation", n.Line)
}

func intrinsic(n *yaml.Node) (any, error) {
	plain := *n
	plain.Tag = ""
	if plain.Kind == yaml.ScalarNode {
		plain.Tag = "!!str"
	}
	arg, err := value(&plain)
	if err != nil {
		return nil, err
	}
	name := n.Tag[1:]
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	return fn{name, arg}, nil
}

func asMap(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

// resource gives the type and the properties of a resource.
func (tpl template) resource(t *testing.T, id string) (string, map[string]any) {
	t.Helper()
	r := asMap(tpl.resources[id])
	if r == nil {
		t.Fatalf("%s has no resource %s", tpl.name, id)
	}
	kind, _ := r["Type"].(string)
	return kind, asMap(r["Properties"])
}

// ofType lists the ids of all resources of a type.
func (tpl template) ofType(kind string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(tpl.resources)) {
		if asMap(tpl.resources[id])["Type"] == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// walk visits every value, with the conditions that must hold for it to count.
func walk(v any, under []string, visit func(v any, under []string)) {
	visit(v, under)
	switch x := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(x)) {
			walk(x[k], under, visit)
		}
	case []any:
		for _, e := range x {
			walk(e, under, visit)
		}
	case fn:
		args, ok := x.arg.([]any)
		if x.name == "Fn::If" && ok && len(args) == 3 {
			condition, _ := args[0].(string)
			walk(args[1], append(slices.Clone(under), condition), visit)
			walk(args[2], append(slices.Clone(under), "not "+condition), visit)
			return
		}
		walk(x.arg, under, visit)
	}
}
