package simulator

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ghsaEcosystems are GitHub's words for the ecosystems of OSV.
var ghsaEcosystems = map[string]string{
	"npm": "npm", "PyPI": "pip", "Maven": "maven", "Go": "go", "RubyGems": "rubygems", "NuGet": "nuget", "crates.io": "rust",
	"Packagist": "composer", "Hex": "erlang", "Pub": "pub", "SwiftURL": "swift", "GitHub Actions": "actions",
}

// load reads the data folder when it is first asked for.
func (g *ghsa) load() error {
	if g.loaded {
		return nil
	}
	g.loaded = true
	for _, name := range sortedKeys(ghsaEcosystems) {
		packed, err := g.config.read("advisories", name, "all.zip")
		if err != nil {
			return err
		}
		if packed == nil {
			continue
		}
		archive, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
		if err != nil {
			return fmt.Errorf("open %s: %w", name, err)
		}
		for _, f := range archive.File {
			if !strings.HasPrefix(path.Base(f.Name), "GHSA-") {
				continue
			}
			raw, err := (&osvRecord{entry: f}).read()
			if err != nil {
				return err
			}
			if raw, err = fromOSV(raw); err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			id, one, err := readGHSA(raw)
			if err != nil {
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			g.records[id] = one
		}
	}
	return nil
}

type osvCopy struct {
	ID         string                         `json:"id"`
	Modified   string                         `json:"modified"`
	Published  string                         `json:"published"`
	Withdrawn  *string                        `json:"withdrawn"`
	Aliases    []string                       `json:"aliases"`
	Summary    string                         `json:"summary"`
	Details    string                         `json:"details"`
	Severity   []struct{ Type, Score string } `json:"severity"`
	References []struct{ Type, URL string }   `json:"references"`
	Specific   struct {
		CWEs     []string `json:"cwe_ids"`
		Severity string   `json:"severity"`
	} `json:"database_specific"`
	Affected []struct {
		Package  struct{ Ecosystem, Name string } `json:"package"`
		Versions []string                         `json:"versions"`
		Ranges   []struct {
			Events []map[string]string `json:"events"`
		} `json:"ranges"`
		Specific struct {
			Known string `json:"last_known_affected_version_range"`
		} `json:"database_specific"`
	} `json:"affected"`
}

// fromOSV writes a copy in OSV form as GitHub's API has it: one entry for each pair of bounds or single version.
func fromOSV(raw json.RawMessage) (json.RawMessage, error) {
	var in osvCopy
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("read the copy: %w", err)
	}
	var cve *string
	identifiers := []map[string]string{{"type": "GHSA", "value": in.ID}}
	for _, alias := range in.Aliases {
		if strings.HasPrefix(alias, "CVE-") {
			cve = &alias
			identifiers = append(identifiers, map[string]string{"type": "CVE", "value": alias})
		}
	}
	vectors := map[string]map[string]any{"cvss_v3": {"vector_string": nil, "score": 0.0}, "cvss_v4": {"vector_string": nil, "score": 0.0}}
	for _, s := range in.Severity {
		vectors[strings.ToLower(s.Type)] = map[string]any{"vector_string": s.Score, "score": 5.0}
	}
	references, cwes := []string{}, []map[string]string{}
	var code *string
	for _, r := range in.References {
		references = append(references, r.URL)
		if r.Type == "PACKAGE" && code == nil {
			code = &r.URL
		}
	}
	for _, id := range in.Specific.CWEs {
		cwes = append(cwes, map[string]string{"cwe_id": id, "name": "a weakness"})
	}
	severity := strings.ToLower(cmp.Or(in.Specific.Severity, "unknown"))
	if severity == "moderate" {
		severity = "medium"
	}
	return json.Marshal(map[string]any{
		"ghsa_id": in.ID, "cve_id": cve, "url": "https://api.github.com/advisories/" + in.ID, "html_url": "https://github.com/advisories/" + in.ID,
		"repository_advisory_url": nil, "summary": in.Summary, "description": in.Details, "type": "reviewed", "severity": severity,
		"source_code_location": code, "identifiers": identifiers, "references": references, "published_at": in.Published,
		"updated_at": in.Modified, "github_reviewed_at": in.Published, "nvd_published_at": nil, "withdrawn_at": in.Withdrawn,
		"vulnerabilities": entriesOf(in), "cvss": vectors["cvss_v3"], "cvss_severities": vectors, "cwes": cwes, "credits": []any{},
	})
}

func entriesOf(in osvCopy) []map[string]any {
	out := []map[string]any{}
	for _, a := range in.Affected {
		ecosystem, _, _ := strings.Cut(a.Package.Ecosystem, ":")
		add := func(bounds string, fix *string) {
			out = append(out, map[string]any{
				"package":                  map[string]string{"ecosystem": cmp.Or(ghsaEcosystems[ecosystem], "other"), "name": a.Package.Name},
				"vulnerable_version_range": bounds, "first_patched_version": fix, "vulnerable_functions": []string{},
			})
		}
		if len(a.Ranges) == 0 {
			for _, v := range a.Versions {
				add("= "+v, nil)
			}
		}
		for _, r := range a.Ranges {
			bounds := []string{}
			for _, e := range r.Events {
				if v := e["introduced"]; v != "" {
					bounds = []string{">= " + v}
					if v == "0" {
						bounds = []string{}
					}
				}
				switch {
				case e["fixed"] != "":
					fix := e["fixed"]
					add(strings.Join(append(bounds, cmp.Or(a.Specific.Known, "< "+fix)), ", "), &fix)
					bounds = nil
				case e["last_affected"] != "":
					add(strings.Join(append(bounds, "<= "+e["last_affected"]), ", "), nil)
					bounds = nil
				}
			}
			if bounds != nil { // never ended
				if a.Specific.Known != "" {
					bounds = append(bounds, a.Specific.Known)
				}
				if len(bounds) == 0 {
					bounds = []string{">= 0"}
				}
				add(strings.Join(slices.Compact(bounds), ", "), nil)
			}
		}
	}
	return out
}
