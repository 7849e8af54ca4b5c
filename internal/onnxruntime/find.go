package onnxruntime

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Variable is the environment variable that names the library, or its folder.
const Variable = "SFDALAB_ONNXRUNTIME"

// fileName matches the library's file.
var fileName = map[string]string{
	"windows": "onnxruntime.dll",
	"darwin":  "libonnxruntime*.dylib",
}[runtime.GOOS]

func init() { fileName = cmp.Or(fileName, "libonnxruntime.so*") }

// candidates lists the libraries to try, the likeliest first. Where the user names
// one, by the argument or in the environment, there is no other.
func candidates(path string) ([]string, error) {
	for _, named := range []string{path, os.Getenv(Variable)} {
		if named == "" {
			continue
		}
		info, err := os.Stat(named)
		if err != nil {
			return nil, fmt.Errorf("ONNX Runtime: %w", err)
		}
		if !info.IsDir() {
			return []string{named}, nil
		}
		files := librariesIn(slices.Concat([]string{named, filepath.Join(named, "lib"), filepath.Join(named, "capi")}, wheelIn(named))...)
		if len(files) == 0 {
			return nil, fmt.Errorf("ONNX Runtime: no file in %s matches %s", named, fileName)
		}
		return files, nil
	}
	return librariesIn(slices.Concat(systemFolders(), pythonFolders(), nodeFolders())...), nil
}

// librariesIn lists the libraries in folders that match any of the patterns, of each
// folder the last in order, which is the latest version.
func librariesIn(patterns ...string) []string {
	var files []string
	for _, pattern := range patterns {
		folders, _ := filepath.Glob(pattern)
		slices.Reverse(folders)
		for _, folder := range folders {
			matches, _ := filepath.Glob(filepath.Join(folder, fileName))
			if n := len(matches); n > 0 && !slices.Contains(files, matches[n-1]) {
				files = append(files, matches[n-1])
			}
		}
	}
	return files
}

// wheelWithout is an error that names an installed Python package of onnxruntime which
// has no library of its own, as older ones have not; nil where there is none.
func wheelWithout() error {
	for _, pattern := range pythonFolders() {
		folders, _ := filepath.Glob(pattern)
		for _, folder := range folders {
			modules, _ := filepath.Glob(filepath.Join(folder, "onnxruntime_pybind11_state*"))
			if len(modules) > 0 && len(librariesIn(folder)) == 0 {
				return fmt.Errorf("the Python package in %s is too old to contain the library", folder)
			}
		}
	}
	return nil
}

// systemFolders are where the system's linker and package managers keep libraries.
func systemFolders() []string {
	folders := filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))
	if runtime.GOOS == "darwin" {
		folders = filepath.SplitList(os.Getenv("DYLD_LIBRARY_PATH"))
	}
	// Windows keeps an onnxruntime.dll of its own in System32, which is old.
	if runtime.GOOS != "windows" {
		folders = append(folders, "/usr/local/lib", "/usr/local/lib64", "/usr/lib", "/usr/lib64", "/usr/lib/*-linux-gnu",
			"/opt/onnxruntime*/lib", "/opt/homebrew/lib")
	}
	return folders
}

// pythonFolders are where the wheel of onnxruntime puts the library: in the active
// environment, in environments in the working folder and beside the program, with
// each Python on the path, and in the user's own packages.
func pythonFolders() []string {
	prefixes := []string{os.Getenv("VIRTUAL_ENV"), os.Getenv("CONDA_PREFIX"), ".venv", "venv", "bin/venv"}
	if program, err := os.Executable(); err == nil {
		prefixes = append(prefixes, filepath.Join(filepath.Dir(program), "venv"))
	}
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		if pythons, _ := filepath.Glob(filepath.Join(folder, "python*")); len(pythons) > 0 {
			if runtime.GOOS != "windows" { // there python.exe is in the prefix itself
				folder = filepath.Dir(folder)
			}
			prefixes = append(prefixes, folder)
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		prefixes = append(prefixes, filepath.Join(home, ".local"))
	}
	var folders []string
	for _, prefix := range prefixes {
		if prefix != "" {
			folders = append(folders, wheelIn(prefix)...)
		}
	}
	return folders
}

// wheelIn lists where the wheel is in a Python environment.
func wheelIn(environment string) []string {
	var folders []string
	for _, packages := range []string{
		"lib/python3*/site-packages", "lib/python3*/dist-packages", "lib/python3/dist-packages",
		"local/lib/python3*/dist-packages", "Lib/site-packages",
	} {
		folders = append(folders, filepath.Join(environment, packages, "onnxruntime", "capi"))
	}
	return folders
}

// nodeFolders are where npm puts onnxruntime-node: in the working folder, one above
// it, or with the Node.js on the path.
func nodeFolders() []string {
	var modules []string
	if wd, err := os.Getwd(); err == nil {
		for ; filepath.Dir(wd) != wd; wd = filepath.Dir(wd) {
			modules = append(modules, filepath.Join(wd, "node_modules"))
		}
	}
	for _, folder := range filepath.SplitList(os.Getenv("PATH")) {
		modules = append(modules, filepath.Join(filepath.Dir(folder), "lib", "node_modules"))
	}
	architecture := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	system := map[string]string{"windows": "win32"}[runtime.GOOS]
	var folders []string
	for _, m := range modules {
		folders = append(folders, filepath.Join(m, "onnxruntime-node", "bin", "napi-v*",
			cmp.Or(system, runtime.GOOS), cmp.Or(architecture, runtime.GOARCH)))
	}
	return folders
}
