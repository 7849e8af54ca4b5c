package report

import "strings"

// authorsOf are the whole names of all authors, as BibTeX has them, of papers that metrics
// name by a surname or two, by title.
var authorsOf = map[string]string{
	"A linearized framework and a new benchmark for model selection for fine-tuning": "Deshpande, Aditya and Achille, Alessandro and Ravichandran, Avinash and Li, Hao and Zancato, Luca and Fowlkes, Charless and Bhotika, Rahul and Soatto, Stefano and Perona, Pietro",
	"A Cluster Separation Measure": "Davies, David L. and Bouldin, Donald W.",
	"An Information-Theoretic Approach to Transferability in Task Transfer Learning":                                 "Bao, Yajie and Li, Yang and Huang, Shao-Lun and Zhang, Lin and Zheng, Lizhong and Zamir, Amir and Guibas, Leonidas",
	"Distance-Based Image Classification: Generalizing to New Classes at Near-Zero Cost":                             "Mensink, Thomas and Verbeek, Jakob and Perronnin, Florent and Csurka, Gabriela",
	"Do Better ImageNet Models Transfer Better?":                                                                     "Kornblith, Simon and Shlens, Jonathon and Le, Quoc V.",
	"Duality Diagram Similarity: a generic framework for initialization selection in task transfer learning":         "Dwivedi, Kshitij and Huang, Jiahui and Cichy, Radoslaw Martin and Roig, Gemma",
	"ETran: Energy-Based Transferability Estimation":                                                                 "Gholami, Mohsen and Akbari, Mohammad and Wang, Xinglu and Kamranian, Behnam and Zhang, Yong",
	"Estimating the intrinsic dimension of datasets by a minimal neighborhood information":                           "Facco, Elena and d'Errico, Maria and Rodriguez, Alex and Laio, Alessandro",
	"Exploring Model Transferability through the Lens of Potential Energy":                                           "Li, Xiaotong and Hu, Zixuan and Ge, Yixiao and Shan, Ying and Duan, Ling-Yu",
	"Fast and Accurate Transferability Measurement by Evaluating Intra-class Feature Variance":                       "Xu, Huiwen and Kang, U",
	"Feature Space Perturbation: A Panacea to Enhanced Transferability Estimation":                                   "Khoba, Prafful Kumar and Wang, Zijian and Arora, Chetan and Baktashmotlagh, Mahsa",
	"Foundation Model is Efficient Multimodal Multitask Model Selector":                                              "Meng, Fanqing and Shao, Wenqi and Peng, Zhanglin and Jiang, Chonghe and Zhang, Kaipeng and Qiao, Yu and Luo, Ping",
	"Frustratingly Easy Transferability Estimation":                                                                  "Huang, Long-Kai and Huang, Junzhou and Rong, Yu and Yang, Qiang and Wei, Ying",
	"How Far Pre-trained Models Are from Neural Collapse on the Target Dataset Informs their Transferability":        "Wang, Zijian and Luo, Yadan and Zheng, Liang and Huang, Zi and Baktashmotlagh, Mahsa",
	"Implicit Modeling for Transferability Estimation of Vision Foundation Models":                                   "Zheng, Yaoyan and Wang, Huiqun and Zhou, Nan and Huang, Di",
	"KITE: A Kernel-based Improved Transferability Estimation Method":                                                "Guo, Yunhui",
	"LEAD: Exploring Logit Space Evolution for Model Selection":                                                      "Hu, Zixuan and Li, Xiaotong and Tang, Shixiang and Liu, Jun and Hu, Yichun and Duan, Ling-Yu",
	"LEEP: A New Measure to Evaluate Transferability of Learned Representations":                                     "Nguyen, Cuong V. and Hassner, Tal and Seeger, Matthias and Archambeau, Cedric",
	"LIBLINEAR: A Library for Large Linear Classification":                                                           "Fan, Rong-En and Chang, Kai-Wei and Hsieh, Cho-Jui and Wang, Xiang-Rui and Lin, Chih-Jen",
	"LogME: Practical Assessment of Pre-trained Models for Transfer Learning":                                        "You, Kaichao and Liu, Yong and Wang, Jianmin and Long, Mingsheng",
	"Newer is not always better: Rethinking transferability metrics, their peculiarities, stability and performance": "Ibrahim, Shibal and Ponomareva, Natalia and Mazumder, Rahul",
	"Not All Models Are Equal: Predicting Model Transferability in a Self-challenging Fisher Space":                  "Shao, Wenqi and Zhao, Xun and Ge, Yixiao and Zhang, Zhaoyang and Yang, Lei and Wang, Xiaogang and Shan, Ying and Luo, Ping",
	"Occam's model: Selecting simpler representations for better transferability estimation":                         "Singh, Prabhant and Hess, Sibylle and Vanschoren, Joaquin",
	"PACTran: PAC-Bayesian Metrics for Estimating the Transferability of Pretrained Models to Classification Tasks":  "Ding, Nan and Chen, Xi and Levinboim, Tomer and Changpinyo, Soravit and Soricut, Radu",
	"RankMe: Assessing the Downstream Performance of Pretrained Self-Supervised Representations by Their Rank":       "Garrido, Quentin and Balestriero, Randall and Najman, Laurent and LeCun, Yann",
	"Ranking Neural Checkpoints": "Li, Yandong and Jia, Xuhui and Sang, Ruoxin and Zhu, Yukun and Green, Bradley and Wang, Liqiang and Gong, Boqing",
	"Representation Similarity Analysis for Efficient Task Taxonomy & Transfer Learning":                   "Dwivedi, Kshitij and Roig, Gemma",
	"Scalable Diverse Model Selection for Accessible Transfer Learning":                                    "Bolya, Daniel and Mittapalli, Rohit and Hoffman, Judy",
	"Silhouettes: A graphical aid to the interpretation and validation of cluster analysis":                "Rousseeuw, Peter J.",
	"The Use of Multiple Measurements in Taxonomic Problems":                                               "Fisher, Ronald A.",
	"Transferability Estimation using Bhattacharyya Class Separability":                                    "Pándy, Michal and Agostinelli, Andrea and Uijlings, Jasper and Ferrari, Vittorio and Mensink, Thomas",
	"Transferability and Hardness of Supervised Classification Tasks":                                      "Tran, Anh T. and Nguyen, Cuong V. and Hassner, Tal",
	"Understanding Intermediate Layers Using Linear Classifier Probes":                                     "Alain, Guillaume and Bengio, Yoshua",
	"α-ReQ: Assessing Representation Quality in Self-Supervised Learning by measuring eigenspectrum decay": "Agrawal, Kumar Krishna and Mondal, Arnab Kumar and Ghosh, Arna and Richards, Blake A.",
}

// authors returns the authors of a paper for BibTeX, all that are known.
func authors(short, title string) string {
	if whole, ok := authorsOf[title]; ok {
		return whole
	}
	return strings.Replace(short, " et al.", " and others", 1)
}
