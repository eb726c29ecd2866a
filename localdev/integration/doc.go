// Package integration holds the tests of the shipped images: `make test-integration` builds them and runs these with the build tag
// integration, on any machine with a Docker engine. BACKEND_IMAGE and FRONTEND_IMAGE name the images.
package integration
