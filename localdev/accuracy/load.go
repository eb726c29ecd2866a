package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

func (a *accuracy) load(peer string) (map[string]baseline, error) {
	type match struct {
		PURL           string
		IDs            []string
		ReleaseUnknown bool `json:"release_unknown"`
	}
	documents := map[string][]match{}
	if peer == "reference" {
		var ref struct{ SBOMs map[string][]match }
		if err := readJSON(filepath.Join(a.data, "baselines", "reference", "data-sboms.json"), &ref); err != nil {
			return nil, err
		}
		documents = ref.SBOMs
	} else {
		files, err := filepath.Glob(filepath.Join(a.data, "baselines", peer, "*.json"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("no baseline of %s under %s: a public clone has none", peer, a.data)
		}
		for _, f := range files {
			var one struct {
				SBOM    string
				Matches []match
			}
			if err := readJSON(f, &one); err != nil {
				return nil, err
			}
			documents[one.SBOM] = one.Matches
		}
	}
	out := make(map[string]baseline, len(documents))
	for name, matches := range documents {
		b := baseline{pairs: map[pair]bool{}, uncertain: map[pair]bool{}}
		for _, m := range matches {
			for _, id := range m.IDs {
				p := pair{canonical(m.PURL), id}
				b.pairs[p] = true
				if m.ReleaseUnknown {
					b.uncertain[p] = true
				}
			}
		}
		out[name] = b
	}
	return out, nil
}

func readJSON(file string, into any) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
