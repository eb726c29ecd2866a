package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestScanSaysOfWhichEcosystemsNothingIsHeld(t *testing.T) {
	onDatabase(t)
	importSamples(t)
	document := `{"bomFormat":"CycloneDX","specVersion":"1.5","components":[
		{"type":"library","name":"plug","version":"1.0.0","purl":"pkg:hex/plug@1.0.0"},{"type":"library","name":"jason","version":"1.0.0","purl":"pkg:hex/jason@1.0.0"},
		{"type":"library","name":"curl","version":"7.0-1","purl":"pkg:deb/debian/curl@7.0-1?distro=debian-99"},
		{"type":"library","name":"left","version":"1.0.0","purl":"pkg:npm/left@1.0.0"}]}`
	r := command(t, document, "scan", "-")
	for _, want := range []string{"No advisories held for Hex: 2 components not judged.", "No advisories held for Debian:99: 1 component not judged.", "3 no_advisories"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("code %d, want %q in\n%s%s", r.code, want, r.out, r.err)
		}
	}
	if strings.Contains(r.out, "npm") {
		t.Errorf("npm is held:\n%s", r.out)
	}
	var answer struct {
		NoAdvisories []unheld                        `json:"no_advisories"`
		NotCovered   []struct{ Name, Reason string } `json:"not_covered"`
	}
	r = command(t, document, "scan", "--format", "json", "-")
	if err := json.Unmarshal([]byte(r.out), &answer); err != nil || len(answer.NotCovered) != 3 || answer.NotCovered[0].Reason != "no_advisories" ||
		len(answer.NoAdvisories) != 2 || answer.NoAdvisories[0] != (unheld{"Hex", "", 2}) {
		t.Errorf("%v: %+v %s", err, answer, r.err)
	}
}

func TestScanHoldsToTheLargestDocument(t *testing.T) {
	onDatabase(t)
	importSamples(t)
	orders := sampleSBOM("orders-service-2.4.0.cdx.json")
	if r := command(t, "", "scan", "--max-bytes", "1000", orders); r.code != exitError || !strings.Contains(r.err, "1000 bytes") {
		t.Errorf("--max-bytes: code %d, said %q", r.code, r.err)
	}
	if r := command(t, "", "scan", "--max-bytes", "0", orders); r.code != exitError || !strings.Contains(r.err, "--max-bytes 0") {
		t.Errorf("--max-bytes 0: code %d, said %q", r.code, r.err)
	}
	t.Setenv("SBOM_MAX_BYTES", "1000")
	if r := command(t, "", "scan", orders); r.code != exitError || !strings.Contains(r.err, "1000 bytes") {
		t.Errorf("SBOM_MAX_BYTES: code %d, said %q", r.code, r.err)
	}
	if r := command(t, "", "scan", "--max-bytes", "1000000", orders); r.code != exitDone {
		t.Errorf("--max-bytes goes before SBOM_MAX_BYTES: code %d, said %q", r.code, r.err)
	}
}

func TestExplainByCPE(t *testing.T) {
	onDatabase(t)
	importSamples(t)
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"cpe:2.3:a:apache:log4j:2.14.1:*:*:*:*:*:*:*", "CVE-2021-44228"}, "No entry of CVE-2021-44228 names this component."},
		{[]string{"cpe:/a:apache:log4j:2.14.1", "CVE-2021-44228"}, "By CPE it is looked up as apache:log4j."},
		{[]string{"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "CVE-2021-44228", "--cpe", "cpe:/a:apache:log4j:2.14.1"}, "lies in the range"},
		{[]string{"pkg:hex/plug@1.0.0", "CVE-2021-44228"}, "No advisories are held for this ecosystem"},
	} {
		if r := command(t, "", append([]string{"explain"}, tc.args...)...); r.code != exitDone || !strings.Contains(r.out, tc.want) {
			t.Errorf("%v: code %d, want %q in\n%s%s", tc.args, r.code, tc.want, r.out, r.err)
		}
	}
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"cpe:nonsense", "CVE-2021-44228"}, "The CPE cannot be read."},
		{[]string{"cpe:/a:b:c:1", "CVE-2021-44228", "--cpe", "cpe:/a:b:c:1"}, "two CPEs are given"},
		{[]string{"pkg:npm/a@1", "CVE-2021-44228", "--cpe", "apache"}, "The CPE cannot be read."},
	} {
		if r := command(t, "", append([]string{"explain"}, tc.args...)...); r.code != exitError || !strings.Contains(r.err, tc.want) {
			t.Errorf("%v: code %d, want %q in\n%s%s", tc.args, r.code, tc.want, r.out, r.err)
		}
	}
}
