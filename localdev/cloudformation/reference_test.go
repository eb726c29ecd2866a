package cloudformation

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var pseudo = []string{"AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::StackName", "AWS::StackId", "AWS::NoValue", "AWS::URLSuffix"}

// variable is ${Name}, ${Name.Attribute} or the literal ${!Name} in a Sub.
var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// use is one mention of a parameter, resource or attribute.
type use struct {
	name, attribute string
	under           []string
}

// uses lists what a value mentions, with the faults of the mentions' form.
func uses(v any) (found []use, faults []string) {
	walk(v, nil, func(v any, under []string) {
		f, ok := v.(fn)
		if !ok {
			return
		}
		switch f.name {
		case "Ref":
			found = append(found, use{f.arg.(string), "", under})
		case "Fn::GetAtt":
			name, attribute, ok := strings.Cut(f.arg.(string), ".")
			if !ok {
				faults = append(faults, "GetAtt without an attribute: "+name)
			}
			found = append(found, use{name, attribute, under})
		case "Fn::Sub":
			text, local := f.arg, map[string]any{}
			if list := asList(f.arg); len(list) == 2 {
				text, local = list[0], asMap(list[1])
			}
			matches := variable.FindAllStringSubmatch(text.(string), -1)
			if len(matches) == 0 {
				faults = append(faults, "Sub without a variable: "+text.(string))
			}
			for _, m := range matches {
				if _, ok := local[m[1]]; ok || strings.HasPrefix(m[1], "!") {
					continue
				}
				name, attribute, _ := strings.Cut(m[1], ".")
				found = append(found, use{name, attribute, under})
			}
		}
	})
	return found, faults
}

func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	t.Parallel()
	spec := specification(t)
	for _, name := range templates {
		tpl := load(t, name)
		mentioned := map[string]bool{}
		check := func(where string, v any, condition string) {
			found, faults := uses(v)
			for _, f := range faults {
				t.Errorf("%s %s: %s", name, where, f)
			}
			for _, u := range found {
				mentioned[u.name] = true
				if tpl.parameters[u.name] != nil || slices.Contains(pseudo, u.name) {
					continue
				}
				r := asMap(tpl.resources[u.name])
				if r == nil {
					t.Errorf("%s %s mentions %s, which is neither parameter nor resource", name, where, u.name)
					continue
				}
				kind, _ := r["Type"].(string)
				if u.attribute != "" && !strings.HasPrefix(kind, "Custom::") && !slices.Contains(spec.Types[kind].Attributes, u.attribute) {
					t.Errorf("%s %s: %s has no attribute %s", name, where, kind, u.attribute)
				}
				if needed, _ := r["Condition"].(string); needed != "" && needed != condition && !slices.Contains(u.under, needed) {
					t.Errorf("%s %s mentions %s, which is there only if %s", name, where, u.name, needed)
				}
			}
			walk(v, nil, func(v any, _ []string) {
				f, ok := v.(fn)
				if ok && f.name == "Fn::If" {
					condition, _ := asList(f.arg)[0].(string)
					mentioned["condition "+condition] = true
					if tpl.conditions[condition] == nil {
						t.Errorf("%s %s: there is no condition %s", name, where, condition)
					}
				}
			})
		}
		for id, v := range tpl.resources {
			r := asMap(v)
			condition, _ := r["Condition"].(string)
			if condition != "" {
				mentioned["condition "+condition] = true
				if tpl.conditions[condition] == nil {
					t.Errorf("%s %s: there is no condition %s", name, id, condition)
				}
			}
			check(id, r["Properties"], condition)
			for _, other := range dependsOn(r) {
				target := asMap(tpl.resources[other])
				if target == nil {
					t.Errorf("%s %s depends on %s, which is not there", name, id, other)
				} else if c, _ := target["Condition"].(string); c != "" && c != condition {
					t.Errorf("%s %s depends on %s, which is there only if %s", name, id, other, c)
				}
			}
		}
		for id, v := range tpl.outputs {
			check("output "+id, v, "")
		}
		for id, v := range tpl.conditions {
			check("condition "+id, v, "")
		}
		for id, v := range tpl.rules {
			check("rule "+id, v, "")
		}
		for id := range tpl.parameters {
			if !mentioned[id] {
				t.Errorf("%s: the parameter %s is used nowhere", name, id)
			}
		}
		for id := range tpl.conditions {
			if !mentioned["condition "+id] {
				t.Errorf("%s: the condition %s is used nowhere", name, id)
			}
		}
	}
}

func dependsOn(r map[string]any) []string {
	if one, ok := r["DependsOn"].(string); ok {
		return []string{one}
	}
	var out []string
	for _, v := range asList(r["DependsOn"]) {
		out = append(out, v.(string))
	}
	return out
}

func TestNothingWaitsForItself(t *testing.T) {
	t.Parallel()
	for _, name := range templates {
		tpl := load(t, name)
		next := map[string][]string{}
		for id, v := range tpl.resources {
			found, _ := uses(asMap(v)["Properties"])
			next[id] = dependsOn(asMap(v))
			for _, u := range found {
				next[id] = append(next[id], u.name)
			}
		}
		state := map[string]int{} // 1 on the path, 2 done
		var visit func(id string, path []string)
		visit = func(id string, path []string) {
			switch state[id] {
			case 1:
				t.Errorf("%s: %s waits for itself: %s", name, id, strings.Join(append(path, id), " -> "))
				return
			case 2:
				return
			}
			state[id] = 1
			for _, n := range next[id] {
				visit(n, append(path, id))
			}
			state[id] = 2
		}
		for _, id := range slices.Sorted(maps.Keys(tpl.resources)) {
			visit(id, nil)
		}
	}
}

// CloudFormation takes no larger template from --template-body, which is how the guide creates the stack.
func TestATemplateFitsIntoARequest(t *testing.T) {
	t.Parallel()
	for _, name := range templates {
		if tpl := load(t, name); tpl.size > 51_200 || len(tpl.parameters) > 200 || len(tpl.resources) > 500 {
			t.Errorf("%s: %d bytes, %d parameters, %d resources", name, tpl.size, len(tpl.parameters), len(tpl.resources))
		}
	}
}
