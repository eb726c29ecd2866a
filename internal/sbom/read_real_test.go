package sbom

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sharedData finds the corpus, which is not part of the public repository.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("TW_SHARED_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("test data absent in a public clone: %s (set TW_SHARED_DATA)", name)
	}
	return dir
}

// tally is what a document holds, counted by other means than the readers'.
type tally struct{ components, purls int }

// countAny walks a decoded JSON document.
func countAny(t *testing.T, raw []byte) tally {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatalf("independent count: %v", err)
	}
	if in, ok := doc["sbom"].(map[string]any); ok {
		doc = in
	}
	switch {
	case doc["bomFormat"] != nil:
		meta, _ := doc["metadata"].(map[string]any)
		subject, _ := meta["component"].(map[string]any)
		return countCycloneDX(doc["components"]).plus(countCycloneDX(subject["components"]))
	case doc["spdxVersion"] != nil:
		return countSPDX(doc)
	}
	return countSPDX3(doc)
}

// countSPDX3 counts packages, whose identifiers may stand apart, and leaves a subject without any out.
func countSPDX3(doc map[string]any) tally {
	var n tally
	roots, purlOf := map[string]bool{}, map[string]bool{}
	graph, _ := doc["@graph"].([]any)
	strs := func(v any) (out []string) {
		list, _ := v.([]any)
		for _, s := range list {
			if s, ok := s.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	for _, it := range graph {
		e := it.(map[string]any)
		id, _ := e["spdxId"].(string)
		if t := e["externalIdentifierType"]; t == "purl" || t == "packageUrl" {
			purlOf[id] = true
		}
		for _, r := range strs(e["rootElement"]) {
			roots[r] = true
		}
		if t, _ := e["relationshipType"].(string); strings.EqualFold(t, "describes") {
			for _, r := range strs(e["to"]) {
				roots[r] = true
			}
		}
	}
	subjects, judged := 0, false
	for _, it := range graph {
		e := it.(map[string]any)
		if !strings.HasSuffix(e["type"].(string), "Package") {
			continue
		}
		n.components++
		has, _ := e["software_packageUrl"].(string)
		ids, _ := e["externalIdentifier"].([]any)
		for _, x := range ids {
			switch x := x.(type) {
			case string:
				if purlOf[x] {
					has = x
				}
			case map[string]any:
				if x["externalIdentifierType"] == "packageUrl" {
					has = "yes"
				}
			}
		}
		if has != "" {
			n.purls++
		}
		if roots[e["spdxId"].(string)] {
			subjects++
			judged = has != ""
		}
	}
	if subjects == 1 && !judged {
		n.components--
	}
	return n
}

func (t tally) plus(u tally) tally { return tally{t.components + u.components, t.purls + u.purls} }

func countCycloneDX(list any) tally {
	var n tally
	items, _ := list.([]any)
	for _, it := range items {
		c := it.(map[string]any)
		n.components++
		if p, _ := c["purl"].(string); p != "" {
			n.purls++
		}
		n = n.plus(countCycloneDX(c["components"]))
	}
	return n
}

func countSPDX(doc map[string]any) tally {
	var n tally
	described := map[string]bool{}
	list, _ := doc["documentDescribes"].([]any)
	for _, id := range list {
		described[id.(string)] = true
	}
	rels, _ := doc["relationships"].([]any)
	for _, r := range rels {
		if rel := r.(map[string]any); rel["relationshipType"] == "DESCRIBES" || rel["relationshipType"] == "DESCRIBE" {
			described[rel["relatedSpdxElement"].(string)] = true
		}
	}
	judged, subjects := true, 0
	list, _ = doc["packages"].([]any)
	for _, it := range list {
		p := it.(map[string]any)
		n.components++
		purls, refs := 0, 0
		ext, _ := p["externalRefs"].([]any)
		for _, e := range ext {
			switch typ := e.(map[string]any)["referenceType"]; typ {
			case "purl":
				purls, refs = 1, refs+1
			case "cpe22Type", "cpe23Type":
				refs++
			}
		}
		n.purls += purls
		if described[p["SPDXID"].(string)] {
			subjects++
			judged = refs > 0
		}
	}
	if subjects == 1 && !judged { // the subject, named by nothing that could be looked up, is not a component
		n.components--
	}
	return n
}

// countXML counts component elements outside metadata/component itself, tools and pedigrees.
func countXML(t *testing.T, raw []byte) tally {
	t.Helper()
	var n tally
	dec := xml.NewDecoder(bytes.NewReader(raw))
	var stack []string
	for {
		tok, err := dec.Token()
		if err != nil {
			return n
		}
		switch e := tok.(type) {
		case xml.StartElement:
			path := strings.Join(stack, "/")
			aside := strings.Contains(path, "tools") || strings.Contains(path, "pedigree")
			if e.Name.Local == "component" && strings.HasSuffix(path, "components") && !aside {
				n.components++
			}
			if e.Name.Local == "purl" && strings.HasSuffix(path, "components/component") && !aside {
				n.purls++
			}
			stack = append(stack, e.Name.Local)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

var (
	tvPackage = regexp.MustCompile(`^PackageName: *\S`)
	tvRef     = regexp.MustCompile(`^ExternalRef: *(\S+) +(\S+) `)
	tvID      = regexp.MustCompile(`^SPDXID: *SPDXRef-(\S+)`)
	tvSubject = regexp.MustCompile(`^Relationship: *SPDXRef-DOCUMENT DESCRIBES SPDXRef-(\S+)`)
)

// countTagValue counts lines, leaving out multi-line texts.
func countTagValue(raw []byte) tally {
	var n tally
	inText := false
	subjects := map[string]bool{}
	refs := map[string]int{} // by package id
	purl, id := false, ""    // of the current package
	sc := bufio.NewScanner(bytes.NewReader(raw))
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		line := sc.Text()
		if !inText {
			if tvPackage.MatchString(line) {
				n.components++
				purl, id = false, ""
			}
			if m := tvID.FindStringSubmatch(line); m != nil && id == "" {
				id = m[1]
				refs[id] += 0
			}
			if m := tvRef.FindStringSubmatch(line); m != nil {
				refs[id]++
				if m[2] == "purl" && !purl {
					n.purls++
					purl = true
				}
			}
			if m := tvSubject.FindStringSubmatch(line); m != nil {
				subjects[m[1]] = true
			}
		}
		if strings.Contains(line, "<text>") {
			inText = true
		}
		if strings.Contains(line, "</text>") {
			inText = false
		}
	}
	packages := 0
	judged := false
	for id := range subjects {
		if r, ok := refs[id]; ok {
			packages++
			judged = r > 0
		}
	}
	if packages == 1 && !judged {
		n.components--
	}
	return n
}

// TestReadRealDocuments reads every document of the corpus and counts again.
func TestReadRealDocuments(t *testing.T) {
	dir := sharedData(t, "sboms/real")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := Read(context.Background(), bytes.NewReader(raw), DefaultLimits())
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			read++
			var want tally
			switch {
			case strings.HasSuffix(f, ".json"):
				want = countAny(t, raw)
			case strings.HasSuffix(f, ".xml"):
				want = countXML(t, raw)
			default:
				want = countTagValue(raw)
			}
			got := tally{components: len(doc.Components)}
			connected := 0
			for _, c := range doc.Components {
				if c.PURL != "" {
					got.purls++
				}
				if c.Depth > 0 {
					connected++
				}
			}
			t.Logf("%s %s %s: subject %q %q, %d components, %d edges, %d connected, %d warnings, first %v", doc.Format, doc.SpecVersion,
				doc.Encoding, doc.SubjectName, doc.SubjectVersion, len(doc.Components), len(doc.Edges), connected, doc.WarningCount, firstWarnings(doc, 3))
			if got != want {
				t.Errorf("read %+v, counted independently %+v", got, want)
			}
		})
	}
	if read < 133 {
		t.Errorf("read %d documents of 133", read)
	}
}

func firstWarnings(d *Document, n int) []string {
	var out []string
	for _, w := range d.Warnings[:min(n, len(d.Warnings))] {
		out = append(out, w.Path+" "+w.Code+": "+w.Message)
	}
	return out
}
