// Package extract turns images and networks into features.
//
// For each network, Run
//
//  1. reads and hashes the images of the dataset, and finds from the hashes of
//     network, images and settings whether the features are there already;
//  2. decodes and transforms images on several cores while ONNX Runtime computes the
//     batch before;
//  3. writes what it has computed in blocks of samples, each renamed into place when
//     it is whole, so that a run which is killed goes on where it stopped;
//  4. joins the blocks to {model}_{dataset}_feature.npy (N×D, float32) and
//     {model}_{dataset}_output.npy (N×Z, float32), and last writes
//     {model}_{dataset}.json, which says what the features were made of.
//
// {dataset}_label.npy (N, whole numbers) and {dataset}_samples.csv (path, class,
// split) describe the samples once for all networks.
package extract
