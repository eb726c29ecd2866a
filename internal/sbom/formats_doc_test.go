package sbom

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

var update = flag.Bool("update", false, "write docs/sbom-formats.md anew from the fixtures of the specifications")

const formatsDoc = "../../docs/sbom-formats.md"

// generatedMark parts what people write in the document from what the fixtures come to.
const generatedMark = "<!-- From here on written by: go test ./internal/sbom -run TestFormatsDocument -update -->\n"

// TestFormatsDocument holds the tables in docs/sbom-formats.md to what the fixtures of the specifications come to.
func TestFormatsDocument(t *testing.T) {
	want := formatTables(t, sharedData(t, "sboms/spec"))
	raw, err := os.ReadFile(formatsDoc)
	if err != nil {
		t.Fatal(err)
	}
	head, got, found := strings.Cut(string(raw), generatedMark)
	if !found {
		t.Fatalf("%s has lost its mark %q", formatsDoc, generatedMark)
	}
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the fixtures come to: run this test with -update", formatsDoc)
	}
	if err := os.WriteFile(formatsDoc, []byte(head+generatedMark+want), 0o644); err != nil {
		t.Fatal(err)
	}
}

type formatRow struct{ valid, clean, warned, invalid, refused, blamed int }

// faultRow is how one kind of invalid fixture is answered.
type faultRow struct{ fixture, answer, fault string }

func formatTables(t *testing.T, dir string) string {
	raw, err := os.ReadFile(filepath.Join(dir, "files.csv"))
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]*formatRow{}
	var order []string
	faults := map[faultRow][]string{}
	protobuf := 0
	for _, f := range fixtures[1:] {
		standard, version, name, valid := f[0], f[1], f[2], f[4] == "valid"
		if strings.HasSuffix(name, ".textproto") {
			protobuf++
			continue
		}
		file := openFixtures(t, filepath.Join(dir, standard+"-"+version+".zip"))[name]
		doc, err := Read(context.Background(), bytes.NewReader(readFixture(t, file)), DefaultLimits())
		key := fmt.Sprintf("%s %s | %s", properName[standard], version, encodingOf(name, doc))
		r := rows[key]
		if r == nil {
			r = &formatRow{}
			rows[key] = r
			order = append(order, key)
		}
		switch {
		case valid && blame(doc) > 0:
			r.valid, r.warned = r.valid+1, r.warned+1
		case valid:
			r.valid, r.clean = r.valid+1, r.clean+1
		default:
			r.invalid++
			answer := faultRow{fixture: stem(name), answer: "read, with a warning"}
			var p *problem.Error
			if errors.As(err, &p) {
				r.refused++
				answer.answer = "refused"
				answer.fault = p.Faults[0].Code
			} else {
				r.blamed++
				answer.fault = doc.Warnings[0].Code
			}
			faults[answer] = append(faults[answer], properName[standard]+" "+version)
		}
	}
	slices.SortStableFunc(order, strings.Compare)
	var b strings.Builder
	b.WriteString("\n## By format and version\n\n| specification | written as | valid fixtures | read without a fault | read with a warning | invalid fixtures | refused | read with a warning that names the fault |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	var total formatRow
	for _, key := range order {
		r := rows[key]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n", key, r.valid, r.clean, r.warned, r.invalid, r.refused, r.blamed)
		total = formatRow{total.valid + r.valid, total.clean + r.clean, total.warned + r.warned, total.invalid + r.invalid, total.refused + r.refused, total.blamed + r.blamed}
	}
	fmt.Fprintf(&b, "| all | | %d | %d | %d | %d | %d | %d |\n", total.valid, total.clean, total.warned, total.invalid, total.refused, total.blamed)
	fmt.Fprintf(&b, "\nBeside these, %d fixtures are CycloneDX as protobuf text and are refused by that name.\n", protobuf)
	b.WriteString("\n## What is said of each invalid fixture\n\nThe fault is the stable code of the first fault or warning; each comes with its place and a sentence.\n\n| fixture | versions | answer | fault |\n| --- | --- | --- | --- |\n")
	kinds := make([]faultRow, 0, len(faults))
	for k := range faults {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(x, y faultRow) int {
		return cmp.Or(strings.Compare(x.fixture, y.fixture), strings.Compare(x.answer, y.answer), strings.Compare(x.fault, y.fault))
	})
	for _, k := range kinds {
		versions := slices.Clone(faults[k])
		slices.Sort(versions)
		versions = slices.Compact(versions)
		text := versions[0]
		if n := len(versions); n > 1 { // the fixtures of one kind are of neighbouring versions
			text += " to " + versions[n-1][strings.LastIndexByte(versions[n-1], ' ')+1:]
		}
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", k.fixture, text, k.answer, k.fault)
	}
	return b.String()
}

var properName = map[string]string{"cyclonedx": "CycloneDX", "spdx": "SPDX"}

func encodingOf(name string, doc *Document) string {
	if doc != nil {
		return doc.Encoding
	}
	return strings.TrimPrefix(filepath.Ext(name), ".")
}

var fixtureVersion = regexp.MustCompile(`-\d\.\d(\.[a-z]+)?$`)

// stem is the fixture's name without the version and the form it is written in.
func stem(name string) string {
	base := filepath.Base(name)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	return fixtureVersion.ReplaceAllString(base, "")
}
