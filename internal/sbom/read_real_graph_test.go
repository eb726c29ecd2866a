package sbom

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// graph is what is counted beside components: those that state a licence, and the edges.
type graph struct{ licensed, edges int }

// TestReadRealGraphs counts licences and edges of the corpus's JSON documents again, from plainly decoded JSON.
func TestReadRealGraphs(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedData(t, "sboms/real"), "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	counted := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(f, err)
		}
		var want graph
		switch {
		case doc["bomFormat"] != nil:
			want = graphCycloneDX(doc)
		case doc["spdxVersion"] != nil:
			want = graphSPDX(doc)
		default:
			continue
		}
		read, err := Read(context.Background(), bytes.NewReader(raw), DefaultLimits())
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(f), err)
			continue
		}
		got := graph{edges: len(read.Edges)}
		for _, c := range read.Components {
			if len(c.Licenses) > 0 {
				got.licensed++
			}
		}
		if got != want {
			t.Errorf("%s: read %+v, counted independently %+v", filepath.Base(f), got, want)
		}
		counted++
	}
	t.Logf("%d documents counted", counted)
	if counted < 90 {
		t.Errorf("only %d documents were counted", counted)
	}
}

// objects gives the objects of a list.
func objects(v any) []map[string]any {
	var out []map[string]any
	list, _ := v.([]any)
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func text(m map[string]any, key string) string { s, _ := m[key].(string); return s }

func graphCycloneDX(doc map[string]any) graph {
	var g graph
	carriers := map[string]int{}
	var walk func(list any)
	walk = func(list any) {
		for _, c := range objects(list) {
			if ref := text(c, "bom-ref"); ref != "" {
				carriers[ref]++
			}
			has := false
			for _, l := range objects(c["licenses"]) {
				in, _ := l["license"].(map[string]any)
				has = has || text(l, "expression")+text(in, "id")+text(in, "name") != ""
			}
			if has {
				g.licensed++
			}
			walk(c["components"])
		}
	}
	walk(doc["components"])
	meta, _ := doc["metadata"].(map[string]any)
	subject, _ := meta["component"].(map[string]any)
	walk(subject["components"])
	root := text(subject, "bom-ref")
	seen := map[[2]string]bool{}
	for _, d := range objects(doc["dependencies"]) {
		on, _ := d["dependsOn"].([]any)
		for _, to := range on {
			from, to := text(d, "ref"), to.(string)
			if from != to && to != root && carriers[to] == 1 && (from == root || carriers[from] == 1) {
				seen[[2]string{from, to}] = true
			}
		}
	}
	g.edges = len(seen)
	return g
}

// graphSPDX knows the relationship types of the corpus that make edges.
func graphSPDX(doc map[string]any) graph {
	var g graph
	strip := func(s string) string { return strings.TrimPrefix(s, "SPDXRef-") }
	carriers, judged := map[string]int{}, map[string]bool{}
	for _, p := range objects(doc["packages"]) {
		id := strip(text(p, "SPDXID"))
		carriers[id]++
		for _, e := range objects(p["externalRefs"]) {
			switch text(e, "referenceType") {
			case "purl", "cpe22Type", "cpe23Type":
				judged[id] = true
			}
		}
	}
	subjects := map[string]bool{}
	list, _ := doc["documentDescribes"].([]any)
	for _, id := range list {
		subjects[strip(id.(string))] = true
	}
	rels := objects(doc["relationships"])
	for _, r := range rels {
		if strings.HasPrefix(text(r, "relationshipType"), "DESCRIBE") {
			subjects[strip(text(r, "relatedSpdxElement"))] = true
		}
	}
	for id := range subjects {
		if carriers[id] == 0 {
			delete(subjects, id)
		}
	}
	// A package id is its own node; a sole subject is the root; several hang below the root.
	root := ""
	seen := map[[2]string]bool{}
	for id := range subjects {
		if len(subjects) == 1 && carriers[id] == 1 {
			root = id
		} else if carriers[id] == 1 {
			seen[[2]string{"", id}] = true
		}
	}
	for _, p := range objects(doc["packages"]) {
		id := strip(text(p, "SPDXID"))
		said := func(key string) bool { s := text(p, key); return s != "" && s != "NOASSERTION" && s != "NONE" }
		if (said("licenseDeclared") || said("licenseConcluded")) && (id != root || judged[id]) {
			g.licensed++
		}
	}
	for _, r := range rels {
		a, b := strip(text(r, "spdxElementId")), strip(text(r, "relatedSpdxElement"))
		switch text(r, "relationshipType") {
		case "DEPENDENCY_OF", "CONTAINED_BY", "PACKAGE_OF", "DEV_DEPENDENCY_OF", "BUILD_DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF",
			"TEST_DEPENDENCY_OF", "OPTIONAL_DEPENDENCY_OF", "PROVIDED_DEPENDENCY_OF", "BUILD_TOOL_OF", "EXPANDED_FROM_ARCHIVE":
			a, b = b, a
		case "DEPENDS_ON", "CONTAINS", "STATIC_LINK", "DYNAMIC_LINK", "HAS_PREREQUISITE":
		default:
			continue
		}
		if a != b && b != root && carriers[a] == 1 && carriers[b] == 1 {
			seen[[2]string{a, b}] = true
		}
	}
	g.edges = len(seen)
	return g
}
