package sbom

import "testing"

// TestHostsThatServeEveryoneAreNotTraces: only the address counts there, whatever name below the domain serves it.
func TestHostsThatServeEveryoneAreNotTraces(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]int{
		"https://files.npmjs.org/left/-/left-1.0.0.tgz": 1,
		"https://any.name.golang.org/x/net":             1,
		"https://github.com/acme/widget":                1,
		"https://dl.acme-downloads.net/widget.tgz":      3, // the address, its host, the domain above it
	} {
		var c Component
		c.addURL(url)
		if len(c.Traces) != want {
			t.Errorf("%s leaves %d traces, want %d", url, len(c.Traces), want)
		}
	}
}
